package io.flinkmistral.jobs.kafka.source;

import io.flinkmistral.operator.MistralTypes;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import org.apache.flink.streaming.api.functions.ProcessFunction;
import org.apache.flink.types.Either;
import org.apache.flink.util.Collector;
import org.apache.flink.util.OutputTag;

/** Requests go on; records that are none go to the side output {@link #REJECTED}. */
final class RejectedSplitter
    extends ProcessFunction<Either<CompletionEvent, ClientRecord>, ClientRecord> {
  static final OutputTag<CompletionEvent> REJECTED =
      new OutputTag<>("rejected", MistralTypes.EVENT);

  private static final long serialVersionUID = 1L;

  @Override
  public void processElement(
      Either<CompletionEvent, ClientRecord> record,
      Context context,
      Collector<ClientRecord> requests) {
    if (record.isRight()) {
      requests.collect(record.right());
    } else {
      context.output(REJECTED, record.left());
    }
  }
}
