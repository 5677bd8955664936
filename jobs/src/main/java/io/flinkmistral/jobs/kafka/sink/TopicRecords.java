package io.flinkmistral.jobs.kafka.sink;

import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import java.util.function.Supplier;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * What each topic has: which events, and as what records. A completion is an answer, and so is a
 * report; a rejection is an answer if it is known whose, and a dead letter if there is a record to
 * set aside. What moderation has blocked is told twice: to who asked, and to who looks after it.
 */
final class TopicRecords {
  private TopicRecords() {}

  /**
   * Whether a topic has an event.
   *
   * @param rule for topics that requests name: who names one is known by what else it says there
   */
  static boolean has(ChatTopic topic, CompletionEvent event, ReplyRule rule) {
    return switch (topic) {
      case PROMPTS -> false;
      case COMPLETIONS ->
          switch (event) {
            case Chunk _ -> false;
            case Completed _, CompletionEvent.Reported _ -> true;
            case Rejected rejected ->
                !rejected.requestId().isEmpty()
                    || rejected
                        .origin()
                        .flatMap(origin -> rule.allowedAddress(origin.headers()))
                        .isPresent();
          };
      case TOKENS -> event instanceof Chunk;
      case DEAD_LETTERS -> event instanceof Rejected rejected && rejected.origin().isPresent();
      case BLOCKED -> event instanceof Completed completed && completed.isBlocked();
    };
  }

  /** The record of an event in all its forms, the whole one first. */
  static List<Supplier<ProducerRecord<byte[], byte[]>>> forms(
      ChatTopic topic, CompletionEvent event, Destination destination) {
    return switch (topic) {
      case PROMPTS -> throw new IllegalArgumentException("the job writes no prompts");
      case COMPLETIONS, TOKENS -> EventRecords.forms(destination, event);
      case DEAD_LETTERS -> DeadLetters.forms(destination.topic(), (Rejected) event);
      case BLOCKED -> EventRecords.blocked(destination, (Completed) event);
    };
  }

  /** Whom a record is about, for the log. */
  static String about(ChatTopic topic, CompletionEvent event) {
    return topic == ChatTopic.DEAD_LETTERS && event instanceof Rejected rejected
        ? rejected.origin().orElseThrow().place()
        : "request " + Excerpt.of(event.requestId());
  }
}
