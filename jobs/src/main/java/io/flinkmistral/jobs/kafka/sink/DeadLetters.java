package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.CopiedHeaders;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Records that are no request, as they came, with headers that say why. The headers are named as
 * Kafka Streams names those of its dead letters (KIP-1034), and their values are texts.
 *
 * <p>A record that its topic does not take goes without its value, then without its own headers,
 * then without its key; headers say what is missing, and where the record stands.
 */
final class DeadLetters {
  private static final String EXCEPTION = "exception";
  private static final String TOPIC = "topic";
  private static final String PARTITION = "partition";
  private static final String OFFSET = "offset";

  /** What is left out of a letter, each with all that is left out before it. */
  private enum Omitted {
    NOTHING(""),
    VALUE("value"),
    HEADERS("value, headers"),
    KEY("value, headers, key");

    private final String words;

    Omitted(String words) {
      this.words = words;
    }
  }

  private DeadLetters() {}

  /**
   * The letter in all its forms, the whole one first.
   *
   * @param topic which they are for
   */
  static List<Supplier<ProducerRecord<byte[], byte[]>>> forms(
      TopicLimits topic, Rejected rejected) {
    return Stream.of(Omitted.values())
        .<Supplier<ProducerRecord<byte[], byte[]>>>map(
            omitted -> () -> record(topic, rejected, omitted))
        .toList();
  }

  private static ProducerRecord<byte[], byte[]> record(
      TopicLimits topic, Rejected rejected, Omitted omitted) {
    SourceRecord origin = rejected.origin().orElseThrow();
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            topic.topic(), key(topic, origin, omitted), value(topic, origin, omitted));
    Headers headers = record.headers();
    if (omitted.compareTo(Omitted.HEADERS) < 0) {
      origin.headers().forEach(h -> headers.add(h.name(), h.value()));
    }
    String exception = InvalidRequestException.class.getName();
    add(headers, EXCEPTION, exception);
    add(headers, "message", rejected.message());
    // No frames: they would show where our reader looks at a field, and the same for every record.
    add(headers, "stacktrace", exception);
    add(headers, TOPIC, origin.topic());
    add(headers, PARTITION, Integer.toString(origin.partition()));
    add(headers, OFFSET, Long.toString(origin.offset()));
    if (omitted != Omitted.NOTHING) {
      add(headers, "omitted", omitted.words);
      add(headers, "value.bytes", Integer.toString(length(origin.value())));
    }
    return record;
  }

  /** In a compacted topic, a letter that has no key of its own has its record's place. */
  private static byte[] key(TopicLimits topic, SourceRecord origin, Omitted omitted) {
    byte[] key = omitted == Omitted.KEY ? null : origin.key();
    return key == null && topic.needsKeys() ? bytes(origin.place()) : key;
  }

  /** In a compacted topic, a key without value would be one that is deleted. */
  private static byte[] value(TopicLimits topic, SourceRecord origin, Omitted omitted) {
    byte[] value = omitted == Omitted.NOTHING ? origin.value() : null;
    return value == null && topic.needsKeys() ? new byte[0] : value;
  }

  /** The place of the record that a letter is about. */
  static Optional<String> place(Headers headers) {
    return text(headers, TOPIC)
        .flatMap(
            topic ->
                text(headers, PARTITION)
                    .flatMap(
                        partition ->
                            text(headers, OFFSET)
                                .map(offset -> String.join("-", topic, partition, offset))));
  }

  private static Optional<String> text(Headers headers, String name) {
    Header header = headers.lastHeader(CopiedHeaders.ERRORS + name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
  }

  private static void add(Headers headers, String name, String value) {
    headers.add(CopiedHeaders.ERRORS + name, bytes(value));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static int length(byte[] bytes) {
    return bytes == null ? 0 : bytes.length;
  }
}
