package io.flinkmistral.operator.function;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.enrichment.EnrichedType;
import io.flinkmistral.enrichment.Enricher;
import io.flinkmistral.enrichment.RecordColumns;
import io.flinkmistral.operator.options.EnrichmentOptions;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Does a task with one record after the other, where it must be a map.
 *
 * <p><b>It blocks its task</b> while the model works, checkpoints and timers with it; nothing else
 * here does. A deadline ({@link EnrichmentOptions#DEADLINE}) should be shorter than the
 * checkpoints' time-out. Slots work side by side: their records are decoded in the one batch of
 * their model. Wherever a step may be asynchronous, {@link
 * io.flinkmistral.operator.MistralStreams#enrich} is the better one.
 *
 * @param <T> records
 */
public final class MistralMapFunction<T> extends RichMapFunction<T, Enriched<T>>
    implements ResultTypeQueryable<Enriched<T>> {
  private static final long serialVersionUID = 1L;

  private final TypeInformation<T> type;
  private final TaskEnricher.Factory<T> factory;
  private transient Enricher<T, Enriched<T>> enricher;

  /**
   * @param type of records, whose columns they have
   * @param options see {@link MistralOptions} and {@link EnrichmentOptions}
   * @throws IllegalArgumentException if an option is missing or wrong, or the template names a
   *     column that records do not have
   */
  public MistralMapFunction(
      TypeInformation<T> type, PromptTemplate template, Task task, ReadableConfig options) {
    this(type, template, task, RecordColumns.ofType(type), options);
  }

  /** The same with other columns. */
  public MistralMapFunction(
      TypeInformation<T> type,
      PromptTemplate template,
      Task task,
      RecordColumns<T> columns,
      ReadableConfig options) {
    this.type = type;
    this.factory = TaskEnricher.Factory.of(template, task, columns, options);
  }

  @Override
  public TypeInformation<Enriched<T>> getProducedType() {
    return new EnrichedType<>(type);
  }

  @Override
  public void open(OpenContext context) throws Exception {
    enricher = factory.open(getRuntimeContext());
  }

  @Override
  public Enriched<T> map(T record) throws InterruptedException, ExecutionException {
    CompletableFuture<Enriched<T>> result = enricher.enrich(record);
    try {
      return result.get();
    } finally {
      result.cancel(false); // It has ended, but where the task is cancelled while it waits.
    }
  }

  @Override
  public void close() throws Exception {
    if (enricher != null) {
      enricher.close();
    }
  }
}
