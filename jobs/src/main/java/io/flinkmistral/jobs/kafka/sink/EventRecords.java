package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.json.AnswerWriter;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.SourceRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Events as records: keyed by conversation, so that a conversation's answers stay in order, and
 * with the headers of their request.
 */
final class EventRecords {
  private EventRecords() {}

  /**
   * An event in all its forms, the whole one first: an answer that its topic does not take is an
   * error that says so.
   */
  static List<Supplier<ProducerRecord<byte[], byte[]>>> forms(
      TopicLimits topic, CompletionEvent event) {
    List<Supplier<ProducerRecord<byte[], byte[]>>> forms = new ArrayList<>();
    forms.add(() -> record(topic, event, true));
    forms.add(() -> record(topic, event, false));
    if (event instanceof Completed completed) {
      Rejected error = tooLarge(topic, completed);
      forms.add(() -> record(topic, error, true));
      forms.add(() -> record(topic, error, false));
    }
    return forms;
  }

  private static Rejected tooLarge(TopicLimits topic, Completed answer) {
    return new Rejected(
        answer.requestId(),
        answer.conversationId(),
        "max_tokens",
        ErrorCode.ANSWER_TOO_LARGE.wireName(),
        "the answer has %d characters, and topic %s takes %d bytes of a record: ask for fewer max_tokens, or raise the topic's max.message.bytes; the conversation has the answer"
            .formatted(answer.text().length(), topic.topic(), topic.maxBytes()),
        answer.origin());
  }

  private static ProducerRecord<byte[], byte[]> record(
      TopicLimits topic, CompletionEvent event, boolean withHeaders) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(topic.topic(), key(topic, event), AnswerWriter.write(event));
    origin(event)
        .ifPresent(
            origin -> {
              if (withHeaders) {
                origin.trace().headers().forEach(h -> record.headers().add(h.name(), h.value()));
              }
              RefusedRecords.name(record.headers(), origin);
            });
    return record;
  }

  /** An error whose conversation is not known has no key, or in a compacted topic its request's. */
  private static byte[] key(TopicLimits topic, CompletionEvent event) {
    String key =
        event.conversationId().isEmpty() && topic.needsKeys()
            ? event.requestId()
            : event.conversationId();
    return key.isEmpty() ? null : key.getBytes(StandardCharsets.UTF_8);
  }

  private static Optional<SourceRecord> origin(CompletionEvent event) {
    return switch (event) {
      case Chunk _ -> Optional.empty();
      case Completed completed -> completed.origin();
      case Rejected rejected -> rejected.origin();
    };
  }
}
