package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.json.AnswerWriter;
import io.flinkmistral.jobs.json.BlockedWriter;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.CopiedHeaders;
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
   * error that says so, and of a piece it is told at least that there was one.
   */
  static List<Supplier<ProducerRecord<byte[], byte[]>>> forms(
      Destination destination, CompletionEvent event) {
    List<Supplier<ProducerRecord<byte[], byte[]>>> forms = new ArrayList<>();
    forms.add(() -> record(destination, event, true));
    forms.add(() -> record(destination, event, false));
    shell(event)
        .ifPresent(
            shell ->
                forms.add(
                    () -> record(destination, shell, AnswerWriter.writeOmitted(shell), true)));
    tooLarge(destination.topic(), event)
        .ifPresent(
            error -> {
              forms.add(() -> record(destination, error, true));
              forms.add(() -> record(destination, error, false));
            });
    return forms;
  }

  /** A request that was blocked; where its topic does not take it, without the request itself. */
  static List<Supplier<ProducerRecord<byte[], byte[]>>> blocked(
      Destination destination, Completed blocked) {
    return List.of(
        () -> record(destination, blocked, BlockedWriter.write(blocked, true), true),
        () -> record(destination, blocked, BlockedWriter.write(blocked, false), true),
        () -> record(destination, blocked, BlockedWriter.write(blocked, false), false));
  }

  /** Who reads pieces learns that one is missing, and of the last that there are no more. */
  private static Optional<Chunk> shell(CompletionEvent event) {
    return event instanceof Chunk piece
        ? Optional.of(
            new Chunk(
                piece.requestId(),
                piece.conversationId(),
                piece.choice(),
                piece.index(),
                "",
                List.of(),
                piece.end().map(CompletionEvent.End::withoutCalls)))
        : Optional.empty();
  }

  private static Optional<Rejected> tooLarge(TopicLimits topic, CompletionEvent event) {
    return switch (event) {
      case Completed answer -> Optional.of(tooLarge(topic, answer));
      case CompletionEvent.Reported report -> Optional.of(tooLarge(topic, report));
      case Chunk _, Rejected _ -> Optional.empty();
    };
  }

  private static Rejected tooLarge(TopicLimits topic, CompletionEvent.Reported report) {
    return tooLarge(
        report,
        report.origin(),
        "",
        "the turns of the conversation are more than the %d bytes of a record that topic %s takes: raise its max.message.bytes"
            .formatted(topic.maxBytes(), topic.topic()));
  }

  private static Rejected tooLarge(TopicLimits topic, Completed answer) {
    FullRecord full = new FullRecord(answer);
    return tooLarge(answer, answer.origin(), full.parameter(), full.message(topic));
  }

  private static Rejected tooLarge(
      CompletionEvent event, Optional<SourceRecord> origin, String parameter, String message) {
    return new Rejected(
        event.requestId(),
        event.conversationId(),
        parameter,
        ErrorCode.ANSWER_TOO_LARGE.wireName(),
        message,
        origin);
  }

  private static ProducerRecord<byte[], byte[]> record(
      Destination destination, CompletionEvent event, boolean withHeaders) {
    return record(destination, event, AnswerWriter.write(event), withHeaders);
  }

  private static ProducerRecord<byte[], byte[]> record(
      Destination destination, CompletionEvent event, byte[] value, boolean withHeaders) {
    ProducerRecord<byte[], byte[]> record =
        new ProducerRecord<>(
            destination.topic().topic(),
            destination.partition(),
            key(destination.topic(), event),
            value);
    destination
        .elsewhere()
        .ifPresent(
            reason ->
                record
                    .headers()
                    .add(CopiedHeaders.REPLY_FAILED, reason.getBytes(StandardCharsets.UTF_8)));
    origin(event)
        .ifPresent(
            origin -> {
              if (withHeaders) {
                origin.trace().headers().stream()
                    .filter(h -> !isAddress(h))
                    .forEach(h -> record.headers().add(h.name(), h.value()));
              }
              RefusedRecords.name(record.headers(), origin);
            });
    return record;
  }

  /** What says where an answer goes is not repeated: who reads it there would answer it. */
  private static boolean isAddress(SourceRecord.Header header) {
    return header.name().equals(CopiedHeaders.REPLY_TOPIC)
        || header.name().equals(CopiedHeaders.REPLY_PARTITION);
  }

  /**
   * An error whose conversation is not known has no key, or in a compacted topic its request's, or
   * its record's place.
   */
  private static byte[] key(TopicLimits topic, CompletionEvent event) {
    String key = event.conversationId();
    if (key.isEmpty() && topic.needsKeys()) {
      key =
          event.requestId().isEmpty()
              ? origin(event).map(SourceRecord::place).orElse("")
              : event.requestId();
    }
    return key.isEmpty() ? null : key.getBytes(StandardCharsets.UTF_8);
  }

  static Optional<SourceRecord> origin(CompletionEvent event) {
    return switch (event) {
      case Chunk _ -> Optional.empty();
      case Completed completed -> completed.origin();
      case CompletionEvent.Reported reported -> reported.origin();
      case Rejected rejected -> rejected.origin();
    };
  }
}
