package io.flinkmistral.enrichment.changelog;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;

/**
 * The only state of the operator, and the only class that reads and writes it. Of each key of the
 * table there is
 *
 * <ul>
 *   <li>{@code shown}: the row that was said last, with its result, until it is deleted, or has not
 *       changed for as long as rows are kept
 *   <li>{@code waiting}: the row that the table has now, while its result is not there
 * </ul>
 *
 * <p>Nothing is in state of what is computed: after a restore it is computed again, and gives the
 * same.
 *
 * <p>An example: row 7 was shown as {@code (7, 'lamp', 'positive')}. Its text changes, which waits;
 * a checkpoint is taken, and the task is killed. Two subtasks go on. The one that has key 7 now
 * finds it with {@code getKeys}, asks again, and says that {@code (7, 'lamp', 'positive')} has
 * changed, once: had that been said before, then behind the checkpoint, and it is not committed.
 */
final class RowsOfTable<O> {
  private static final String WAITING = "waiting";
  private static final String SHOWN = "shown";

  private final ValueState<StreamElement> waiting;
  private final ValueState<ShownRow<O>> shown;

  /**
   * @param in of rows of the table
   * @param out of rows with their results
   * @param retention how long after its last change a shown row is in state; zero for as long as
   *     the table has it
   */
  RowsOfTable(
      KeyedStateStore store, TypeSerializer<Row> in, TypeSerializer<O> out, Duration retention) {
    this.waiting =
        store.getState(new ValueStateDescriptor<>(WAITING, new StreamElementSerializer<>(in)));
    ValueStateDescriptor<ShownRow<O>> descriptor =
        new ValueStateDescriptor<>(SHOWN, new ShownRowSerializer<>(out));
    if (retention.toMillis() > 0) { // Flink knows no shorter one.
      descriptor.enableTimeToLive(StateTtlConfig.newBuilder(retention).build());
    }
    this.shown = store.getState(descriptor);
  }

  /** All keys with rows that wait. */
  static List<Row> unfinished(KeyedStateBackend<Row> backend) {
    try (Stream<Row> keys = backend.getKeys(WAITING, VoidNamespace.INSTANCE)) {
      return keys.distinct().toList();
    }
  }

  Optional<ShownRow<O>> shown() throws IOException {
    return Optional.ofNullable(shown.value());
  }

  void show(ShownRow<O> row) throws IOException {
    shown.update(row);
  }

  Optional<StreamRecord<Row>> waiting() throws IOException {
    return Optional.ofNullable(waiting.value()).map(StreamElement::asRecord);
  }

  void await(StreamRecord<Row> row) throws IOException {
    waiting.update(row);
  }

  void awaitNothing() {
    waiting.clear();
  }

  /** The table has the row no more. */
  void clear() {
    waiting.clear();
    shown.clear();
  }
}
