package io.flinkmistral.jobs.kafka;

import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;

/**
 * Records that are no request, as they came, with headers that say why. The headers are named as
 * Kafka Streams names those of its dead letters (KIP-1034), and their values are texts.
 */
final class DeadLetters {
  private static final String PREFIX = "__streams.errors.";

  private DeadLetters() {}

  static ProducerRecord<byte[], byte[]> record(String topic, Rejected rejected) {
    SourceRecord origin = rejected.origin().orElseThrow();
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic, origin.key(), origin.value());
    Headers headers = record.headers();
    origin.headers().forEach(h -> headers.add(h.name(), h.value()));
    String exception = InvalidRequestException.class.getName();
    add(headers, "exception", exception);
    add(headers, "message", rejected.message());
    // No frames: they would show where our reader looks at a field, and the same for every record.
    add(headers, "stacktrace", exception + ": " + rejected.message());
    add(headers, "topic", origin.topic());
    add(headers, "partition", Integer.toString(origin.partition()));
    add(headers, "offset", Long.toString(origin.offset()));
    return record;
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(PREFIX + name, value.getBytes(StandardCharsets.UTF_8));
  }
}
