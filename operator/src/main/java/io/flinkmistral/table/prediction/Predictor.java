package io.flinkmistral.table.prediction;

import io.flinkmistral.operator.model.ModelLease;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.TaskResult;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.RowData;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Does a prediction with rows, on the model that all slots of the process share. */
public final class Predictor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Predictor.class);

  private final Prediction prediction;
  private final ModelLease model;
  private final TaskRunner tasks;
  private final BoundTask task;
  private final Counter requests;
  private final Counter successes;
  private final Counter failures;
  private final LoggedErrors logged = new LoggedErrors(LOG, "a row");

  private Predictor(Prediction prediction, ModelLease model, MetricGroup metrics) {
    this.prediction = prediction;
    this.model = model;
    this.tasks = new TaskRunner(model.model(), model.settings());
    try {
      this.task = tasks.bind(prediction.template(), prediction.task(), prediction.limits());
    } catch (RuntimeException e) { // Nobody else has them.
      tasks.close();
      throw e;
    }
    MetricGroup group = metrics.addGroup("mistral");
    this.requests = group.counter("inference_requests", new ThreadSafeSimpleCounter());
    this.successes = group.counter("inference_requests_success", new ThreadSafeSimpleCounter());
    this.failures = group.counter("inference_requests_failure", new ThreadSafeSimpleCounter());
    group
        .addGroup("source", "local_cache_hit")
        .gauge("prompt_tokens_by_source_total", (Gauge<Long>) tasks::sharedTokens);
  }

  /** Loads the model, where nobody has yet. */
  public static Predictor open(Prediction prediction, MetricGroup metrics) throws IOException {
    ModelLease model = ModelLease.take(Configuration.fromMap(prediction.engine()));
    try {
      return new Predictor(prediction, model, metrics);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  /**
   * Columns of OUTPUT.
   *
   * @param lasts whether the row would have the same at another time
   */
  public record Outputs(RowData columns, boolean lasts) {}

  /**
   * The columns of OUTPUT for those of INPUT. Where all that the prompt names is NULL, so are they.
   * To cancel the future ends the work.
   *
   * @return fails where the model does, or where a row that has no result is to fail the job
   */
  public CompletableFuture<Outputs> predict(RowData row) {
    Map<String, Object> values = prediction.inputs().values(row);
    if (asksNothing(values)) {
      return nothingToRead();
    }
    requests.inc();
    CompletableFuture<TaskResult> result = task.run(values);
    CompletableFuture<Outputs> outputs = result.handle(this::outputs);
    outputs.whenComplete(
        (_, _) -> {
          if (outputs.isCancelled()) {
            result.cancel(false);
          }
        });
    return outputs;
  }

  /** NULL, which is no value of a column that must have one: then the row has no result. */
  private CompletableFuture<Outputs> nothingToRead() {
    return prediction.outputs().stream()
        .filter(column -> !column.type().isNullable())
        .findFirst()
        .map(this::mustHaveAValue)
        .orElseGet(() -> CompletableFuture.completedFuture(new Outputs(prediction.empty(), true)));
  }

  private CompletableFuture<Outputs> mustHaveAValue(OutputColumn column) {
    requests.inc();
    InvalidRequestException error =
        new InvalidRequestException(
            "OUTPUT",
            "all columns that the prompt names (%s) are NULL, but column %s of OUTPUT is NOT NULL"
                .formatted(String.join(", ", task.columns()), column.name()));
    return CompletableFuture.<TaskResult>failedFuture(error).handle(this::outputs);
  }

  private boolean asksNothing(Map<String, Object> values) {
    return task.columns().stream().allMatch(column -> values.get(column) == null);
  }

  /**
   * A digest of all that the columns of OUTPUT depend on; see {@link BoundTask#digest}.
   *
   * @return nothing where nothing has to be computed
   */
  public Optional<String> digest(RowData row) {
    Map<String, Object> values = prediction.inputs().values(row);
    return asksNothing(values) ? Optional.empty() : Optional.of(task.digest(values));
  }

  private Outputs outputs(TaskResult result, Throwable error) {
    if (error == null) {
      successes.inc();
      return new Outputs(row(column -> column.of(result)), true);
    }
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof InvalidRequestException ofRow) {
      return new Outputs(failed(ofRow), !ofRow.code().mayPass());
    }
    throw new CompletionException(cause);
  }

  private RowData failed(InvalidRequestException error) {
    failures.inc();
    if (prediction.failover()) {
      throw new CompletionException(error);
    }
    logged.add(error);
    return row(column -> column.of(error));
  }

  private RowData row(Function<OutputColumn, Object> value) {
    GenericRowData row = new GenericRowData(prediction.outputs().size());
    for (int i = 0; i < row.getArity(); i++) {
      row.setField(i, value.apply(prediction.outputs().get(i)));
    }
    return row;
  }

  @Override
  public void close() {
    tasks.close();
    model.close();
  }
}
