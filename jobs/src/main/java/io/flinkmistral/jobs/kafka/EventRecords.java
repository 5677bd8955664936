package io.flinkmistral.jobs.kafka;

import io.flinkmistral.jobs.json.AnswerWriter;
import io.flinkmistral.protocol.CompletionEvent;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Events as records: keyed by conversation, so that a conversation's answers stay in order. */
final class EventRecords {
  private EventRecords() {}

  static ProducerRecord<byte[], byte[]> of(String topic, CompletionEvent event) {
    String conversation = event.conversationId();
    byte[] key = conversation.isEmpty() ? null : conversation.getBytes(StandardCharsets.UTF_8);
    return new ProducerRecord<>(topic, key, AnswerWriter.write(event));
  }
}
