package io.flinkmistral.enrichment.changelog;

import java.io.Serializable;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.functions.RuntimeContext;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * What rows of a table come out with; of one subtask. Rows are given and made as insertions ({@link
 * RowKind#INSERT}): whatever becomes of them is the operator's to say.
 *
 * @param <O> what a row becomes
 */
public interface ChangeEnricher<O> extends AutoCloseable {
  /** No digest: the row is asked about whenever it comes. */
  String NONE = "";

  /**
   * A digest of all that a row's result depends on. Rows with equal ones have the same result, now,
   * after a restart, and in every later version of this program.
   *
   * @return {@link #NONE} where the row has no such result
   */
  String digest(Row row);

  /**
   * Begins with a row; on the task's thread, so it must not wait.
   *
   * @return what the row becomes, on any thread, an error of the row included; where the future
   *     fails, or this throws, the task does, and starts again. To cancel it ends the work
   */
  CompletableFuture<Answer<O>> enrich(Row row);

  /** What another row with the same digest becomes. */
  O repeated(O earlier, Row row);

  /** A copy that says what became of the row. */
  O ofKind(RowKind kind, O row);

  /** Ends what has not ended. */
  @Override
  void close();

  /**
   * What a row becomes.
   *
   * @param lasts whether the row would become the same at another time
   */
  record Answer<O>(O row, boolean lasts) {}

  /** Makes enrichers. */
  interface Factory<O> extends Serializable {
    /**
     * Makes that of a subtask, which loads what it needs.
     *
     * @param context of the subtask, with its metrics
     */
    ChangeEnricher<O> open(RuntimeContext context) throws Exception;
  }
}
