package io.flinkmistral.enrichment;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.OperatorStateStore;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * The records that have come in and have not come out: the only state of the operator, and the only
 * class that reads and writes it.
 *
 * <p>A checkpoint has the records themselves, in their order, and nothing of what was computed for
 * them: after a restore they are computed again, and give the same. Flink deals the list out anew
 * where there are more or fewer subtasks.
 *
 * <p>An example: records 1 to 5 came in, 2 and 3 have come out, and a checkpoint is taken. The task
 * is killed and two subtasks go on: one begins with 1 and 5, the other with 4. What came out before
 * the checkpoint is committed with it, and what came out after it is not.
 */
final class RecordsUnderWay<I, O> {
  private static final String STATE = "records-under-way";

  /** One of them. Equal to itself alone. */
  static final class Entry<I, O> {
    private final StreamRecord<I> record;
    private final long arrival;
    private final long bytes;
    private O result;

    private Entry(StreamRecord<I> record, long arrival, long bytes) {
      this.record = record;
      this.arrival = arrival;
      this.bytes = bytes;
    }

    StreamRecord<I> record() {
      return record;
    }

    /** The number by which the gate of watermarks knows it. */
    long arrival() {
      return arrival;
    }

    long bytes() {
      return bytes;
    }

    O result() {
      return result;
    }
  }

  private final boolean ordered;
  private final ListState<StreamElement> state;
  private final SequencedSet<Entry<I, O>> entries = new LinkedHashSet<>();

  /**
   * @param ordered whether records come out in the order in which they came in
   */
  RecordsUnderWay(OperatorStateStore store, TypeSerializer<I> serializer, boolean ordered)
      throws Exception {
    this.ordered = ordered;
    this.state =
        store.getListState(
            new ListStateDescriptor<>(STATE, new StreamElementSerializer<>(serializer)));
  }

  /** Those of the checkpoint that the task goes on from, in their order. */
  List<StreamRecord<I>> restored() throws Exception {
    List<StreamRecord<I>> records = new ArrayList<>();
    for (StreamElement element : state.get()) {
      records.add(element.asRecord());
    }
    return records;
  }

  Entry<I, O> add(StreamRecord<I> record, long arrival, long bytes) {
    Entry<I, O> entry = new Entry<>(record, arrival, bytes);
    entries.addLast(entry);
    return entry;
  }

  /** Its result is there: those that come out now, in their order. */
  List<Entry<I, O>> finished(Entry<I, O> entry, O result) {
    entry.result = result;
    if (!ordered) {
      entries.remove(entry);
      return List.of(entry);
    }
    List<Entry<I, O>> out = new ArrayList<>();
    while (!entries.isEmpty() && entries.getFirst().result != null) {
      out.add(entries.removeFirst());
    }
    return out;
  }

  int size() {
    return entries.size();
  }

  void save() throws Exception {
    List<StreamElement> records = new ArrayList<>(entries.size());
    entries.forEach(entry -> records.add(entry.record));
    state.update(records);
  }
}
