package io.flinkmistral.operator.function;

import io.flinkmistral.enrichment.Enriched;
import io.flinkmistral.enrichment.EnrichedType;
import io.flinkmistral.enrichment.Enricher;
import io.flinkmistral.enrichment.RecordColumns;
import io.flinkmistral.operator.options.EnrichmentOptions;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.task.Task;
import io.flinkmistral.task.prompt.PromptTemplate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.streaming.api.datastream.AsyncDataStream;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;

/**
 * Does a task with the records of a stream, without waiting for one before the next. Records need
 * no key: those of all slots of a TaskManager are decoded in the one batch of their model.
 *
 * <p>A record that takes too long is an error of its own, as is one that can have no result: {@link
 * Enriched.Failed}. {@link #unordered} and {@link #ordered} set a deadline below the time-out of
 * Flink's operator; without a deadline, the record ends with that time-out. Either way nothing more
 * is computed for it.
 *
 * <p>{@link io.flinkmistral.operator.MistralStreams#enrich} does the same with an operator of its
 * own: Flink's can hold up checkpoints while it is full (FLINK-39835).
 *
 * @param <T> records
 */
public final class MistralAsyncFunction<T> extends RichAsyncFunction<T, Enriched<T>>
    implements ResultTypeQueryable<Enriched<T>> {
  private static final long serialVersionUID = 1L;

  private final TypeInformation<T> type;
  private final TaskEnricher.Factory<T> factory;
  private transient Enricher<T, Enriched<T>> enricher;

  /** By what waits for them. */
  private transient Map<ResultFuture<Enriched<T>>, CompletableFuture<Enriched<T>>> underWay;

  /**
   * @param type of records
   * @param columns of a record
   * @param options see {@link MistralOptions} and {@link EnrichmentOptions}
   * @throws IllegalArgumentException if an option is missing or wrong, or the template names a
   *     column that records do not have
   */
  public MistralAsyncFunction(
      TypeInformation<T> type,
      PromptTemplate template,
      Task task,
      RecordColumns<T> columns,
      ReadableConfig options) {
    this.type = type;
    this.factory = TaskEnricher.Factory.of(template, task, columns, options);
  }

  /**
   * Records as they are answered; their columns are those of their type.
   *
   * @param timeout after which Flink gives a record up; the deadline is nine tenths of it, or a
   *     shorter one of the options
   * @param capacity most records under way in a subtask
   */
  public static <T> SingleOutputStreamOperator<Enriched<T>> unordered(
      DataStream<T> records,
      PromptTemplate template,
      Task task,
      ReadableConfig options,
      Duration timeout,
      int capacity) {
    return AsyncDataStream.unorderedWait(
        records,
        below(timeout, records.getType(), template, task, options),
        timeout.toMillis(),
        TimeUnit.MILLISECONDS,
        capacity);
  }

  /** The same in the order of records. */
  public static <T> SingleOutputStreamOperator<Enriched<T>> ordered(
      DataStream<T> records,
      PromptTemplate template,
      Task task,
      ReadableConfig options,
      Duration timeout,
      int capacity) {
    return AsyncDataStream.orderedWait(
        records,
        below(timeout, records.getType(), template, task, options),
        timeout.toMillis(),
        TimeUnit.MILLISECONDS,
        capacity);
  }

  /**
   * A function whose deadline lies below {@code timeout}, by which Flink's operator gives it up.
   */
  public static <T> MistralAsyncFunction<T> below(
      Duration timeout,
      TypeInformation<T> type,
      PromptTemplate template,
      Task task,
      ReadableConfig options) {
    Duration most = timeout.multipliedBy(9).dividedBy(10);
    Duration own = options.get(EnrichmentOptions.DEADLINE);
    // Without a time-out, there is nothing to lie below.
    boolean isBelow = timeout.isZero() || !own.isZero() && own.compareTo(most) <= 0;
    Configuration all = Configuration.fromMap(options.toMap());
    all.set(EnrichmentOptions.DEADLINE, isBelow ? own : most);
    return new MistralAsyncFunction<>(type, template, task, RecordColumns.ofType(type), all);
  }

  /** How long a record may take, and then it fails; zero for as long as it takes. */
  public Duration deadline() {
    return factory.limits().deadline();
  }

  @Override
  public TypeInformation<Enriched<T>> getProducedType() {
    return new EnrichedType<>(type);
  }

  @Override
  public void open(OpenContext context) throws Exception {
    underWay = new ConcurrentHashMap<>();
    enricher = factory.open(getRuntimeContext());
  }

  @Override
  public void asyncInvoke(T record, ResultFuture<Enriched<T>> future) {
    CompletableFuture<Enriched<T>> result = enricher.enrich(record);
    underWay.put(future, result);
    result.whenComplete(
        (enriched, error) -> {
          if (underWay.remove(future) == null) {
            return; // Nobody waits any more.
          }
          if (error == null) {
            future.complete(List.of(enriched));
          } else {
            future.completeExceptionally(error);
          }
        });
  }

  @Override
  public void timeout(T record, ResultFuture<Enriched<T>> future) {
    CompletableFuture<Enriched<T>> result = underWay.remove(future);
    if (result != null) {
      result.cancel(false);
    }
    future.complete(
        List.of(
            new Enriched.Failed<>(
                record,
                ErrorCode.DEADLINE_EXCEEDED,
                "",
                "the record took longer than the time-out of the operator that asks for it")));
  }

  @Override
  public void close() {
    if (enricher != null) {
      underWay.clear();
      enricher.close();
    }
  }
}
