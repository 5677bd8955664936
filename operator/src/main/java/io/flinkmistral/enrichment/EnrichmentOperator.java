package io.flinkmistral.enrichment;

import io.flinkmistral.mailbox.AnsweringOperator;
import io.flinkmistral.mailbox.PassFailure;
import java.io.IOException;
import java.util.concurrent.CompletionException;
import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Enriches records, without a key. Each is in state from when it comes in until it comes out, once.
 *
 * <p>Watermarks and idleness stay behind the records that came before them, in both orders. Those
 * that are held back are in no checkpoint: state is dealt out anew to more or fewer subtasks, where
 * a watermark would make other subtasks' records late; sources send the next.
 */
final class EnrichmentOperator<I, O> extends AnsweringOperator<I, O> {
  private static final long serialVersionUID = 1L;

  private static final int FIRST_SIZE = 256;

  private final Enricher.Factory<I, O> factory;
  private final boolean ordered;

  private transient TypeSerializer<I> serializer;
  private transient RecordsUnderWay<I, O> underWay;
  private transient Enricher<I, O> enricher;
  private transient boolean closed;

  EnrichmentOperator(
      Enricher.Factory<I, O> factory,
      Capacity capacity,
      StreamOperatorParameters<O> parameters,
      BooleanSupplier restoringInput) {
    super(parameters, restoringInput, capacity.records(), capacity.bytes());
    this.factory = factory;
    this.ordered = capacity.ordered();
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    serializer =
        getOperatorConfig().getTypeSerializerIn(0, getContainingTask().getUserCodeClassLoader());
    underWay = new RecordsUnderWay<>(context.getOperatorStateStore(), serializer, ordered);
  }

  @Override
  public void open() throws Exception {
    super.open();
    enricher = factory.open(getRuntimeContext());
    getMetricGroup()
        .addGroup("mistral")
        .gauge("records_under_way", (Gauge<Integer>) underWay::size);
    for (StreamRecord<I> record : underWay.restored()) {
      begin(record);
    }
  }

  @Override
  public void processElement1(StreamRecord<I> record) throws Exception {
    // The operator heads its chain, so that nobody else has this record, and Flink makes the next
    // one anew.
    begin(record);
    intake().awaitRoom(); // Last: mails run in here.
  }

  private void begin(StreamRecord<I> record) throws IOException {
    RecordsUnderWay.Entry<I, O> entry = underWay.add(record, gate().arrive(), size(record));
    intake().arrived(entry.bytes());
    enricher
        .enrich(record.getValue())
        .whenComplete(
            (result, error) ->
                mails().post("an enriched record", () -> finished(entry, result, error)));
  }

  private long size(StreamRecord<I> record) throws IOException {
    DataOutputSerializer measure = new DataOutputSerializer(FIRST_SIZE);
    serializer.serialize(record.getValue(), measure);
    return measure.length();
  }

  private void finished(RecordsUnderWay.Entry<I, O> finished, O result, Throwable error)
      throws Exception {
    if (closed) {
      return;
    }
    if (error != null) {
      throw PassFailure.of(error instanceof CompletionException ? error.getCause() : error);
    }
    for (RecordsUnderWay.Entry<I, O> entry : underWay.finished(finished, result)) {
      output.collect(entry.record().replace(entry.result()));
      intake().finished(entry.bytes());
      gate().finish(entry.arrival());
    }
    answered();
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    underWay.save();
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
