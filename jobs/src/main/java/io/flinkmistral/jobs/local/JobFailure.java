package io.flinkmistral.jobs.local;

import io.flinkmistral.jobs.Failures;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.runtime.jobmaster.JobResult;
import org.apache.flink.util.SerializedThrowable;

/** Why a job has ended, in one line. */
public final class JobFailure {
  private JobFailure() {}

  /**
   * @param job that is done
   */
  public static String reason(CompletableFuture<JobResult> job) {
    try {
      return job.join().getSerializedThrowable().map(JobFailure::line).orElse("it was stopped");
    } catch (CompletionException e) {
      return line(e);
    }
  }

  /** Of what Flink has sent as bytes, since not every process has all classes. */
  public static String line(Throwable failure) {
    return Failures.line(unwrapped(failure));
  }

  private static Throwable unwrapped(Throwable failure) {
    Throwable outer = failure;
    while (outer.getCause() != null && !(outer instanceof SerializedThrowable)) {
      outer = outer.getCause();
    }
    return outer instanceof SerializedThrowable serialized
        ? serialized.deserializeError(JobFailure.class.getClassLoader())
        : failure;
  }
}
