package io.flinkmistral.task.runner;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.prompt.ColumnText;
import io.flinkmistral.task.prompt.FittedPrompt;
import io.flinkmistral.task.work.TaskResult;
import io.flinkmistral.task.work.TaskRun;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** A task with a template on a model: records in, results out. Safe for use by many threads. */
public final class BoundTask {
  private final TaskRun<?> run;
  private final Duration deadline;
  private final String digest;
  private final List<String> columns;

  /**
   * @param digest of all that results depend on, beside records
   */
  BoundTask(TaskRun<?> run, Duration deadline, String digest) {
    this.run = run;
    this.deadline = deadline;
    this.digest = digest;
    LinkedHashSet<String> names = new LinkedHashSet<>(run.prompts().columns());
    names.addAll(run.otherColumns());
    this.columns = List.copyOf(names);
  }

  /** The columns that records must have. */
  public List<String> columns() {
    return columns;
  }

  /**
   * A digest of all that the result of a record depends on, but for time: where it is the same, so
   * is the result, in every process and version of this program.
   *
   * @throws InvalidRequestException where the record has no result, since it has no such columns
   */
  public String digest(Map<String, ?> row) {
    return TaskDigest.of(digest, ColumnText.of(columns, row));
  }

  /**
   * Does the task with a record. The same record gives the same result. To cancel the future ends
   * the work on it.
   *
   * @param row values of columns, by their names; others than {@link #columns} are not looked at
   * @return the result; fails with an {@link InvalidRequestException} where there is none, which
   *     says by its code whether that was the record's fault, or took too long
   */
  public CompletableFuture<TaskResult> run(Map<String, ?> row) {
    try {
      return start(run, ColumnText.of(columns, row));
    } catch (InvalidRequestException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private <R> CompletableFuture<TaskResult> start(TaskRun<R> task, Map<String, String> texts) {
    FittedPrompt prompt = task.room(texts).fit(texts, task.prompts(), task::request);
    CompletableFuture<R> answer = task.start(prompt);
    if (!deadline.isZero()) {
      answer.orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
    }
    Function<R, TaskResult> result = task.result(prompt);
    CompletableFuture<TaskResult> future =
        answer.handle(
            (given, error) -> {
              if (error != null) {
                throw failure(error);
              }
              return result.apply(given);
            });
    future.whenComplete(
        (given, error) -> {
          if (future.isCancelled()) {
            answer.cancel(false);
          }
        });
    return future;
  }

  private CompletionException failure(Throwable error) {
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    return new CompletionException(
        cause instanceof TimeoutException
            ? new InvalidRequestException(
                "", ErrorCode.DEADLINE_EXCEEDED, "the record took longer than " + deadline)
            : cause);
  }
}
