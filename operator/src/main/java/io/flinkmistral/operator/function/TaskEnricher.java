package io.flinkmistral.operator.function;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.enrichment.Enricher;
import io.flinkmistral.enrichment.RecordColumns;
import io.flinkmistral.operator.model.ModelRegistry;
import io.flinkmistral.operator.options.EnrichmentOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import io.flinkmistral.task.prompt.TaskLimits;
import io.flinkmistral.task.runner.BoundTask;
import io.flinkmistral.task.runner.TaskRunner;
import io.flinkmistral.task.work.TaskResult;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.configuration.ReadableConfig;

/** Does a task with records, in the one batch of all who share the model. */
public final class TaskEnricher<T> implements Enricher<T, Enriched<T>> {
  private final RecordColumns<T> columns;
  private final TaskRunner runner;
  private final BoundTask task;
  private final TaskMetrics metrics;

  private TaskEnricher(
      RecordColumns<T> columns, TaskRunner runner, BoundTask task, TaskMetrics metrics) {
    this.columns = columns;
    this.runner = runner;
    this.task = task;
    this.metrics = metrics;
  }

  /** What each subtask needs. */
  public record Factory<T>(
      MistralSettings settings,
      PromptTemplate template,
      Task task,
      TaskLimits limits,
      RecordColumns<T> columns)
      implements Enricher.Factory<T, Enriched<T>> {
    private static final long serialVersionUID = 1L;

    /**
     * @throws IllegalArgumentException if an option is missing or wrong, or the template names a
     *     column that records do not have
     */
    public static <T> Factory<T> of(
        PromptTemplate template, Task task, RecordColumns<T> columns, ReadableConfig options) {
      MistralSettings settings = MistralSettings.of(options);
      EnrichmentOptions.CHECKED.check(options);
      if (!columns.names().isEmpty()) {
        template.requireColumns(columns.names());
        task.requireColumns(columns.names());
      }
      task.requireFits(template);
      return new Factory<>(settings, template, task, EnrichmentOptions.limits(options), columns);
    }

    @Override
    public TaskEnricher<T> open(RuntimeContext context) throws Exception {
      LanguageModel model = ModelRegistry.get(settings.model(), context);
      TaskRunner runner = new TaskRunner(model, settings.stateless());
      try {
        return new TaskEnricher<>(
            columns,
            runner,
            runner.bind(template, task, limits),
            new TaskMetrics(context.getMetricGroup(), runner::sharedTokens));
      } catch (RuntimeException e) { // Nobody has it, so that nobody would close it.
        runner.close();
        throw e;
      }
    }
  }

  @Override
  public CompletableFuture<Enriched<T>> enrich(T record) {
    CompletableFuture<TaskResult> answer = run(record);
    CompletableFuture<Enriched<T>> enriched =
        answer.handle((result, error) -> outcome(record, result, error));
    enriched.whenComplete(
        (_, _) -> {
          if (enriched.isCancelled()) {
            answer.cancel(false);
          }
        });
    return enriched;
  }

  /** See {@link BoundTask#digest}; nothing where the record has no columns that can be read. */
  public Optional<String> digest(T record) {
    try {
      return Optional.of(task.digest(columns.of(record)));
    } catch (RuntimeException e) { // What is wrong with the record, enrich says.
      return Optional.empty();
    }
  }

  private CompletableFuture<TaskResult> run(T record) {
    Map<String, ?> row;
    try {
      row = columns.of(record);
    } catch (RuntimeException e) {
      // Whatever a record's columns throw is about that record: the next ones go on.
      return CompletableFuture.failedFuture(
          e instanceof InvalidRequestException
              ? e
              : new InvalidRequestException("", "the record's columns cannot be read: " + e));
    }
    try {
      return task.run(row);
    } catch (RuntimeException e) { // Of a value that has no text, or of the model.
      return CompletableFuture.failedFuture(e);
    }
  }

  private Enriched<T> outcome(T record, TaskResult result, Throwable error) {
    if (error == null) {
      metrics.done(result.provenance());
      return new Enriched.Done<>(record, result);
    }
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (cause instanceof InvalidRequestException e) {
      metrics.failed(e.code());
      return new Enriched.Failed<>(record, e.code(), e.parameter(), e.getMessage());
    }
    throw new CompletionException(cause);
  }

  @Override
  public void close() {
    runner.close();
  }
}
