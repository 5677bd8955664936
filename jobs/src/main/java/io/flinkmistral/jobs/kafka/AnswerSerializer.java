package io.flinkmistral.jobs.kafka;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Events to records of the topic that they are destined for. */
final class AnswerSerializer
    implements KafkaRecordSerializationSchema<Tuple2<Destination, CompletionEvent>> {
  private static final long serialVersionUID = 1L;

  private final String completions;
  private final String deadLetters;

  AnswerSerializer(String completions, String deadLetters) {
    this.completions = completions;
    this.deadLetters = deadLetters;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      Tuple2<Destination, CompletionEvent> routed, KafkaSinkContext context, Long timestamp) {
    return switch (routed.f0) {
      case COMPLETIONS -> EventRecords.of(completions, routed.f1);
      case DEAD_LETTERS -> DeadLetters.record(deadLetters, (Rejected) routed.f1);
    };
  }
}
