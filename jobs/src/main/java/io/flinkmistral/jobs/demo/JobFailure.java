package io.flinkmistral.jobs.demo;

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
  static String reason(CompletableFuture<JobResult> job) {
    try {
      return job.join().getSerializedThrowable().map(JobFailure::line).orElse("it was stopped");
    } catch (CompletionException e) {
      return line(e);
    }
  }

  /** Flink wraps what went wrong many times: the innermost cause says it. */
  public static String line(Throwable failure) {
    Throwable cause = unwrapped(failure);
    while (cause.getCause() != null && cause.getCause() != cause) {
      cause = unwrapped(cause.getCause());
    }
    String message = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return message.lines().findFirst().orElse(cause.toString());
  }

  private static Throwable unwrapped(Throwable failure) {
    return failure instanceof SerializedThrowable serialized
        ? serialized.deserializeError(JobFailure.class.getClassLoader())
        : failure;
  }
}
