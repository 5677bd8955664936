package io.flinkmistral.table.function;

import io.flinkmistral.operator.model.ModelLease;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.table.prediction.LoggedErrors;
import io.flinkmistral.task.Prompts;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.TaskResult;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.configuration.Configuration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A call of a function of the module, in a subtask. */
public final class CalledText implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CalledText.class);

  /** Labels may be another column's: these many different ones are kept ready. */
  private static final int KEPT_TASKS = 64;

  private final TextFunction.Call call;
  private final FunctionSettings settings;
  private final LoggedErrors logged;
  private final ModelLease model;
  private final TaskRunner tasks;
  private final LinkedHashMap<Prompts.Prompted, BoundTask> ready =
      new LinkedHashMap<>(KEPT_TASKS, 0.75f, true);

  private CalledText(
      TextFunction.Call call,
      FunctionSettings settings,
      LoggedErrors logged,
      ModelLease model,
      TaskRunner tasks) {
    this.call = call;
    this.settings = settings;
    this.logged = logged;
    this.model = model;
    this.tasks = tasks;
  }

  /** Loads the model, where nobody has yet. */
  public static CalledText open(TextFunction.Call call, FunctionSettings settings)
      throws IOException {
    return open(call, settings, new LoggedErrors(LOG, "a text"));
  }

  public static CalledText open(
      TextFunction.Call call, FunctionSettings settings, LoggedErrors logged) throws IOException {
    ModelLease model = ModelLease.take(Configuration.fromMap(settings.engine()));
    try {
      return new CalledText(
          call, settings, logged, model, new TaskRunner(model.model(), model.settings()));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * The function's value; {@code null} where an argument is NULL, or the text has no result and
   * that does not fail the job.
   */
  public CompletableFuture<Object> of(Object[] arguments) {
    if (Arrays.stream(arguments).anyMatch(Objects::isNull)) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<TaskResult> result;
    try {
      result = bound(call.prompted(arguments)).run(Map.of(Prompts.TEXT, arguments[0]));
    } catch (InvalidRequestException e) {
      result = CompletableFuture.failedFuture(e);
    }
    CompletableFuture<TaskResult> started = result;
    CompletableFuture<Object> value = started.handle(this::value);
    value.whenComplete(
        (_, _) -> {
          if (value.isCancelled()) {
            started.cancel(false);
          }
        });
    return value;
  }

  private BoundTask bound(Prompts.Prompted prompted) {
    BoundTask bound =
        ready.computeIfAbsent(prompted, p -> tasks.bind(p.template(), p.task(), settings.limits()));
    if (ready.size() > KEPT_TASKS) {
      ready.pollFirstEntry();
    }
    return bound;
  }

  private Object value(TaskResult result, Throwable error) {
    if (error == null) {
      return call.value(result);
    }
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof InvalidRequestException ofText && !settings.failover()) {
      logged.add(ofText);
      return null;
    }
    throw new CompletionException(cause);
  }

  @Override
  public void close() {
    tasks.close();
    model.close();
  }
}
