package io.flinkmistral.jobs.kafka;

import io.flinkmistral.protocol.CompletionEvent;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Streamed tokens to records. */
final class TokenSerializer implements KafkaRecordSerializationSchema<CompletionEvent> {
  private static final long serialVersionUID = 1L;

  private final String topic;

  TokenSerializer(String topic) {
    this.topic = topic;
  }

  @Override
  public ProducerRecord<byte[], byte[]> serialize(
      CompletionEvent event, KafkaSinkContext context, Long timestamp) {
    return EventRecords.of(topic, event);
  }
}
