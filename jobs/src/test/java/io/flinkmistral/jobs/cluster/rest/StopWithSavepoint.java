package io.flinkmistral.jobs.cluster.rest;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.flink.runtime.checkpoint.CheckpointFailureReason;

/**
 * Stops a job with a savepoint. Tasks that are only coming back from a failure can make none, and
 * that they were all running a moment ago does not mean that they are now: then it is asked again.
 */
public final class StopWithSavepoint {
  private static final int BETWEEN_LOOKS_MILLIS = 100;

  /** What Flink says of tasks that are coming back. Any other failure is one of the job. */
  private static final List<CheckpointFailureReason> COMING_BACK =
      List.of(
          CheckpointFailureReason.NOT_ALL_REQUIRED_TASKS_RUNNING,
          CheckpointFailureReason.CHECKPOINT_DECLINED_TASK_NOT_READY,
          CheckpointFailureReason.CHECKPOINT_COORDINATOR_SUSPEND);

  private final FlinkRest flink;
  private final String job;
  private final Duration patience;
  private final long end;
  private String lastRefusal = "none was asked for";

  /**
   * @param patience for all of it
   */
  public StopWithSavepoint(FlinkRest flink, String job, Duration patience) {
    this.flink = flink;
    this.job = job;
    this.patience = patience;
    this.end = System.nanoTime() + patience.toNanos();
  }

  /**
   * Returns when the job has ended.
   *
   * @return where its savepoint is
   * @throws FlinkRest.NoSavepointException if the job could not make one, though it was running
   * @throws IOException if time is over
   */
  public String run() throws Exception {
    Optional<String> savepoint = Optional.empty();
    while (savepoint.isEmpty()) {
      await("the job is running", () -> flink.isRunning(job));
      savepoint = ask();
    }
    await("the job has ended", () -> flink.jobState(job).equals("FINISHED"));
    return savepoint.get();
  }

  /** Where the savepoint is; nothing if tasks were coming back. */
  private Optional<String> ask() throws Exception {
    String request = flink.stop(job, "CANONICAL");
    try {
      await("the savepoint is there", () -> !flink.savepoint(job, request).isEmpty());
      return Optional.of(flink.savepoint(job, request));
    } catch (FlinkRest.NoSavepointException e) {
      if (COMING_BACK.stream().noneMatch(reason -> e.getMessage().contains(reason.message()))) {
        throw e;
      }
      lastRefusal = e.getMessage();
      return Optional.empty();
    }
  }

  private void await(String what, Callable<Boolean> condition) throws Exception {
    while (!isTrue(condition)) {
      if (System.nanoTime() > end) {
        throw new IOException(
            "%s: this did not come true in %s; the last savepoint: %s"
                .formatted(what, patience, lastRefusal));
      }
      Thread.sleep(BETWEEN_LOOKS_MILLIS);
    }
  }

  private static boolean isTrue(Callable<Boolean> condition) throws Exception {
    try {
      return condition.call();
    } catch (FlinkRest.NotReadyException starting) {
      return false;
    }
  }
}
