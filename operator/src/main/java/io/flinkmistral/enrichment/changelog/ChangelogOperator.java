package io.flinkmistral.enrichment.changelog;

import io.flinkmistral.enrichment.Capacity;
import io.flinkmistral.enrichment.changelog.ChangeEnricher.Answer;
import io.flinkmistral.mailbox.AnsweringOperator;
import io.flinkmistral.mailbox.PassFailure;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * Enriches the rows of a table that changes, keyed by their primary key.
 *
 * <p>What it says of a key is always a changelog: {@code +I}, then {@code -U +U} for each change,
 * then {@code -D}. A changed row is said when its result is there; until then the table downstream
 * has the one before. Where a row is taken back first ({@code -U} in the input), it is taken back
 * at once, since it cannot be known that its successor has the same key.
 *
 * <p>A key has one computation at a time. A row that changes twice while it is asked about is asked
 * about once more, for its last version: versions between are passed over, so that a row that
 * changes all the time costs what can be computed, and is never older than two answers.
 */
final class ChangelogOperator<O> extends AnsweringOperator<Row, O> {
  private static final long serialVersionUID = 1L;

  private static final int FIRST_SIZE = 256;

  private final ChangeEnricher.Factory<O> factory;
  private final TypeInformation<O> type;
  private final Duration retention;

  private final transient Map<Row, RowUnderWay<O>> underWay = new HashMap<>();
  private transient TypeSerializer<Row> serializer;
  private transient RowsOfTable<O> rows;
  private transient ChangeEnricher<O> enricher;
  private transient Counter repeated;
  private transient Counter passedOver;
  private transient boolean closed;

  ChangelogOperator(
      ChangeEnricher.Factory<O> factory,
      Capacity capacity,
      TypeInformation<O> type,
      Duration retention,
      StreamOperatorParameters<O> parameters,
      BooleanSupplier restoringInput) {
    super(parameters, restoringInput, capacity.records(), capacity.bytes());
    this.factory = factory;
    this.type = type;
    this.retention = retention;
  }

  @Override
  public void open() throws Exception {
    super.open();
    serializer =
        getOperatorConfig().getTypeSerializerIn(0, getContainingTask().getUserCodeClassLoader());
    rows =
        new RowsOfTable<>(
            getKeyedStateStore(),
            serializer,
            type.createSerializer(getExecutionConfig().getSerializerConfig()),
            retention);
    enricher = factory.open(getRuntimeContext());
    MetricGroup metrics = getMetricGroup().addGroup("mistral");
    repeated = metrics.counter("results_repeated_total");
    passedOver = metrics.counter("changes_passed_over_total");
    metrics.gauge("records_under_way", (Gauge<Integer>) underWay::size);
    for (Row key : RowsOfTable.unfinished(this.<Row>getKeyedStateBackend())) {
      setCurrentKey(key);
      changed(rows.waiting().orElseThrow());
    }
  }

  @Override
  public void processElement1(StreamRecord<Row> record) throws Exception {
    // The operator heads its chain, so that nobody else has this record, and Flink makes the next
    // one anew.
    RowKind kind = record.getValue().getKind();
    record.getValue().setKind(RowKind.INSERT);
    switch (kind) {
      case INSERT, UPDATE_AFTER -> changed(record);
      case UPDATE_BEFORE -> takenBack(record);
      case DELETE -> deleted(record);
    }
    intake().awaitRoom(); // Last: mails run in here, and change the current key.
  }

  private Row key() {
    return (Row) getCurrentKey();
  }

  /** The table has this row now. */
  private void changed(StreamRecord<Row> record) throws Exception {
    String digest = enricher.digest(record.getValue());
    Optional<ShownRow<O>> shown = rows.shown().filter(row -> row.isResultOf(digest));
    if (shown.isPresent()) {
      giveUp(key());
      rows.awaitNothing();
      repeated.inc();
      show(record, digest, enricher.repeated(shown.get().row(), record.getValue()));
      return;
    }
    rows.await(record);
    RowUnderWay<O> before = underWay.get(key());
    if (before == null) {
      ask(record, digest, gate().arrive());
    } else {
      finish(before.follow(digest, gate().arrive()));
    }
  }

  /** The row that was there is there no more; mostly another one comes next. */
  private void takenBack(StreamRecord<Row> record) throws Exception {
    Optional<ShownRow<O>> shown = rows.shown().filter(row -> !row.takenBack());
    boolean waiting = rows.waiting().isPresent();
    if (shown.isPresent()) {
      emit(record, RowKind.UPDATE_BEFORE, shown.get().row());
      rows.show(shown.get().asTakenBack());
    } else if (!waiting) {
      passedOver.inc();
    }
    if (waiting) {
      rows.awaitNothing();
      // It goes on being computed: mostly the row comes again with the same text.
      RowUnderWay<O> one = underWay.get(key());
      finish(one.takeArrival());
      finish(one.takeLaterArrival());
    }
  }

  private void deleted(StreamRecord<Row> record) throws Exception {
    giveUp(key());
    Optional<ShownRow<O>> shown = rows.shown();
    if (shown.isEmpty() && rows.waiting().isEmpty()) {
      passedOver.inc();
    }
    if (shown.isPresent()) {
      if (shown.get().takenBack()) {
        // Those who heed no -U still have the row.
        emit(record, RowKind.UPDATE_AFTER, shown.get().row());
      }
      emit(record, RowKind.DELETE, shown.get().row());
    }
    rows.clear();
  }

  private void ask(StreamRecord<Row> record, String digest, long arrival) throws IOException {
    RowUnderWay<O> one =
        new RowUnderWay<>(
            key(), record, digest, arrival, size(record), enricher.enrich(record.getValue()));
    underWay.put(one.key(), one);
    intake().arrived(one.bytes());
    one.answer()
        .whenComplete(
            (answer, error) -> mails().post("an enriched row", () -> answered(one, answer, error)));
  }

  private long size(StreamRecord<Row> record) throws IOException {
    DataOutputSerializer measure = new DataOutputSerializer(FIRST_SIZE);
    serializer.serialize(record.getValue(), measure);
    return measure.length();
  }

  private void answered(RowUnderWay<O> one, Answer<O> answer, Throwable error) throws Exception {
    if (closed || underWay.get(one.key()) != one) {
      return; // The task has stopped, or the row was given up.
    }
    if (error != null) {
      throw PassFailure.of(error instanceof CompletionException ? error.getCause() : error);
    }
    setCurrentKey(one.key());
    underWay.remove(one.key());
    Optional<StreamRecord<Row>> waiting = rows.waiting();
    if (waiting.isPresent()) {
      show(one, answer, waiting.get());
    }
    intake().finished(one.bytes());
    finish(one.takeArrival());
    finish(one.takeLaterArrival());
    answered();
  }

  private void show(RowUnderWay<O> one, Answer<O> answer, StreamRecord<Row> waiting)
      throws Exception {
    String digest = answer.lasts() ? one.digest() : ChangeEnricher.NONE;
    if (!one.isStillWanted()) {
      // With the time of the later one, which watermarks still wait for.
      show(waiting, digest, answer.row());
      ask(waiting, one.wanted(), one.takeLaterArrival().orElseThrow());
      return;
    }
    rows.awaitNothing();
    show(
        waiting,
        digest,
        one.isFollowed() ? enricher.repeated(answer.row(), waiting.getValue()) : answer.row());
  }

  /** What was being computed for the key is of no use any more. */
  private void giveUp(Row key) throws Exception {
    RowUnderWay<O> one = underWay.remove(key);
    if (one == null) {
      return;
    }
    one.answer().cancel(false);
    intake().finished(one.bytes());
    finish(one.takeArrival());
    finish(one.takeLaterArrival());
  }

  private void finish(OptionalLong arrival) throws Exception {
    if (arrival.isPresent()) {
      gate().finish(arrival.getAsLong());
    }
  }

  /** Says what the table has now under the key, if that is something else. */
  private void show(StreamRecord<Row> record, String digest, O row) throws Exception {
    Optional<ShownRow<O>> before = rows.shown();
    if (before.isEmpty()) {
      emit(record, RowKind.INSERT, row);
    } else if (before.get().takenBack()) {
      emit(record, RowKind.UPDATE_AFTER, row);
    } else if (!before.get().row().equals(row)) {
      emit(record, RowKind.UPDATE_BEFORE, before.get().row());
      emit(record, RowKind.UPDATE_AFTER, row);
    }
    rows.show(new ShownRow<>(digest, false, row));
  }

  private void emit(StreamRecord<Row> record, RowKind kind, O row) {
    O said = enricher.ofKind(kind, row);
    output.collect(
        record.hasTimestamp()
            ? new StreamRecord<>(said, record.getTimestamp())
            : new StreamRecord<>(said));
  }

  @Override
  public void close() throws Exception {
    closed = true;
    if (enricher != null) {
      enricher.close();
    }
    super.close();
  }
}
