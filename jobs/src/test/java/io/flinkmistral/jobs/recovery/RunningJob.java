package io.flinkmistral.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;

/** A job on a cluster, from its submission to its end. */
final class RunningJob {
  private static final int DEADLINE_SECONDS = 60;

  private final MiniCluster cluster;
  private final JobID id;
  private final Path savepoints;
  private final CompletableFuture<JobResult> result;

  RunningJob(MiniCluster cluster, JobID id, Path savepoints) {
    this.cluster = cluster;
    this.id = id;
    this.savepoints = savepoints;
    this.result = cluster.requestJobResult(id);
  }

  void checkRunning() throws Exception {
    if (result.isDone()) {
      throw new AssertionError("the job has ended: " + result.get());
    }
  }

  /** How often it has been started again: all tasks of the attempt before have ended then. */
  long restarts() {
    AccessExecutionGraph graph =
        cluster.getExecutionGraph(id).orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
    return StreamSupport.stream(graph.getAllExecutionVertices().spliterator(), false)
        .mapToLong(vertex -> vertex.getCurrentExecutionAttempt().getAttemptNumber())
        .max()
        .orElse(0); // There are no tasks as yet.
  }

  /** Stops without draining: requests that are not answered are left to whom resumes. */
  String stop(SavepointFormatType format) throws Exception {
    long restarts = restarts();
    String savepoint =
        cluster
            .stopWithSavepoint(id, savepoints.toUri().toString(), false, format)
            .get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    JobResult end = result.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    assertThat(end.getJobStatus()).contains(JobStatus.FINISHED);
    assertThat(restarts()).as("restarts while stopping").isEqualTo(restarts);
    return savepoint;
  }
}
