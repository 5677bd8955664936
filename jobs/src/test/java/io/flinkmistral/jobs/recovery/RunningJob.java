package io.flinkmistral.jobs.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.runtime.checkpoint.CompletedCheckpointStats;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.util.ExceptionUtils;

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

  private AccessExecutionGraph graph() {
    return cluster.getExecutionGraph(id).orTimeout(DEADLINE_SECONDS, TimeUnit.SECONDS).join();
  }

  /** How often it has been started again: all tasks of the attempt before have ended then. */
  long restarts() {
    return StreamSupport.stream(graph().getAllExecutionVertices().spliterator(), false)
        .mapToLong(vertex -> vertex.getCurrentExecutionAttempt().getAttemptNumber())
        .max()
        .orElse(0); // There are no tasks as yet.
  }

  private boolean allTasksRun() {
    AccessExecutionGraph graph = graph();
    return graph.getState() == JobStatus.RUNNING
        && StreamSupport.stream(graph.getAllExecutionVertices().spliterator(), false)
            .allMatch(vertex -> vertex.getExecutionState() == ExecutionState.RUNNING);
  }

  /** The newest checkpoint, if there is one. */
  Optional<CompletedCheckpointStats> checkpoint() {
    return Optional.ofNullable(graph().getCheckpointStatsSnapshot())
        .map(stats -> stats.getHistory().getLatestCompletedCheckpoint());
  }

  /** Cancels it; returns its newest checkpoint, which stays. There must be one. */
  CompletedCheckpointStats cancel() throws Exception {
    cluster.cancelJob(id).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    JobResult end = result.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
    assertThat(end.getJobStatus()).contains(JobStatus.CANCELED);
    return checkpoint().orElseThrow();
  }

  /** Waits for its end by a failure; returns what all the causes say. */
  String failure() throws Exception {
    return ExceptionUtils.stringifyException(
        result.get(DEADLINE_SECONDS, TimeUnit.SECONDS).getSerializedThrowable().orElseThrow());
  }

  /** Stops without draining: requests that are not answered are left to whom resumes. */
  String stop(SavepointFormatType format) throws Exception {
    // Where all is answered at once, the job may hardly have begun; Flink takes no savepoint then.
    CommonTestUtils.waitUtil(
        this::allTasksRun,
        Duration.ofSeconds(DEADLINE_SECONDS),
        Duration.ofMillis(20),
        "tasks that do not run");
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
