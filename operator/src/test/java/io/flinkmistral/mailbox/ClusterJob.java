package io.flinkmistral.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.core.testutils.CommonTestUtils;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.execution.ExecutionState;
import org.apache.flink.runtime.executiongraph.AccessExecutionGraph;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.SavepointRestoreSettings;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.util.ExceptionUtils;

/**
 * A job that runs on a cluster of this process.
 *
 * @param savepoints where they go
 * @param mayFail whether an attempt may fail while its tasks are waited for
 */
public record ClusterJob(
    MiniCluster cluster,
    JobID id,
    CompletableFuture<JobResult> result,
    Path savepoints,
    boolean mayFail) {
  /**
   * Submits a job.
   *
   * @param snapshot what it goes on from
   */
  public static ClusterJob submit(
      MiniCluster cluster,
      JobGraph graph,
      Optional<String> snapshot,
      Path savepoints,
      boolean mayFail)
      throws Exception {
    snapshot.ifPresent(
        path -> graph.setSavepointRestoreSettings(SavepointRestoreSettings.forPath(path)));
    cluster.submitJob(graph).get(60, TimeUnit.SECONDS);
    JobID id = graph.getJobID();
    return new ClusterJob(cluster, id, cluster.requestJobResult(id), savepoints, mayFail);
  }

  private AccessExecutionGraph graph() {
    return cluster.getExecutionGraph(id).join();
  }

  public long restarts() {
    return StreamSupport.stream(graph().getAllExecutionVertices().spliterator(), false)
        .mapToLong(vertex -> vertex.getCurrentExecutionAttempt().getAttemptNumber())
        .max()
        .orElseThrow();
  }

  private boolean allTasksRun() {
    if (!mayFail) {
      assertThat(graph().getFailureInfo())
          .satisfiesAnyOf(
              none -> assertThat(none).isNull(),
              failure -> assertThat(failure.getExceptionAsString()).isEmpty());
    }
    return graph().getState() == JobStatus.RUNNING
        && StreamSupport.stream(graph().getAllExecutionVertices().spliterator(), false)
            .allMatch(
                vertex ->
                    vertex.getExecutionState() == ExecutionState.RUNNING
                        || vertex.getExecutionState() == ExecutionState.FINISHED);
  }

  private void awaitTasks() throws Exception {
    CommonTestUtils.waitUtil(
        this::allTasksRun, Duration.ofSeconds(60), Duration.ofMillis(10), "tasks that run");
  }

  public String checkpoint() throws Exception {
    return taken(() -> cluster.triggerCheckpoint(id));
  }

  public String stop() throws Exception {
    return taken(() -> stopped(false));
  }

  /**
   * All is answered before. A source that is just about to end makes Flink decline it and start the
   * job once more: it must have more than it gets rid of.
   */
  public CompletableFuture<String> drain() throws Exception {
    awaitTasks();
    return stopped(true);
  }

  private CompletableFuture<String> stopped(boolean drain) {
    return cluster.stopWithSavepoint(
        id, savepoints.toUri().toString(), drain, SavepointFormatType.CANONICAL);
  }

  /**
   * Again, where Flink declines it, as when a source is about to end; a stop that is declined may
   * start the job once more.
   */
  private String taken(Supplier<CompletableFuture<String>> trigger) throws Exception {
    AtomicReference<String> path = new AtomicReference<>();
    CommonTestUtils.waitUtil(
        () -> {
          try {
            awaitTasks();
            path.set(trigger.get().get(60, TimeUnit.SECONDS));
            return true;
          } catch (ExecutionException e) {
            assertThat(ExceptionUtils.findThrowable(e, CheckpointException.class)).isPresent();
            return false;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        Duration.ofSeconds(60),
        Duration.ofMillis(20),
        "a checkpoint");
    return path.get();
  }

  public void cancel() throws Exception {
    cluster.cancelJob(id).get(60, TimeUnit.SECONDS);
    result.get(60, TimeUnit.SECONDS);
  }

  public void awaitEnd() throws Exception {
    JobResult end = result.get(90, TimeUnit.SECONDS);
    end.getSerializedThrowable()
        .ifPresent(cause -> assertThat(ExceptionUtils.stringifyException(cause)).isEmpty());
    assertThat(end.getJobStatus()).contains(JobStatus.FINISHED);
  }
}
