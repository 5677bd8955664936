package io.flinkmistral.enrichment;

import java.io.Serializable;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * What records come out with; of one subtask. The same record must give the same, now and after a
 * restart.
 *
 * @param <I> records
 * @param <O> what they become
 */
public interface Enricher<I, O> extends AutoCloseable {
  /**
   * Begins with a record; on the task's thread, so it must not wait.
   *
   * @return what the record becomes, on any thread, an error of the record included; where the
   *     future fails, or this throws, the task does, and starts again. To cancel it ends the work
   */
  CompletableFuture<O> enrich(I record);

  /** Ends what has not ended. */
  @Override
  void close();

  /** Makes enrichers. */
  interface Factory<I, O> extends Serializable {
    /**
     * Makes that of a subtask, which loads what it needs.
     *
     * @param context of the subtask, with its metrics
     */
    Enricher<I, O> open(RuntimeContext context) throws Exception;
  }
}
