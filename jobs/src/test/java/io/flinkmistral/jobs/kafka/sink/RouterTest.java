package io.flinkmistral.jobs.kafka.sink;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.kafka.ReplyRule;
import io.flinkmistral.jobs.topics.ChatTopic;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerShape;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionEvent.Chunk;
import io.flinkmistral.protocol.CompletionEvent.Completed;
import io.flinkmistral.protocol.CompletionEvent.Rejected;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.SourceRecord;
import io.flinkmistral.protocol.Timings;
import io.flinkmistral.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.api.common.functions.util.ListCollector;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;

/** Where events go. */
class RouterTest {
  private static final SourceRecord RECORD =
      new SourceRecord("prompts", 0, 7, null, new byte[1], List.of());

  private static List<Tuple2<ChatTopic, CompletionEvent>> routes(
      ChatTopic.Use use, CompletionEvent event) {
    List<Tuple2<ChatTopic, CompletionEvent>> routes = new ArrayList<>();
    Set<ChatTopic> topics =
        Stream.of(ChatTopic.values()).filter(t -> t.use() == use).collect(Collectors.toSet());
    new Router(topics, ReplyRule.of(new Configuration()))
        .flatMap(event, new ListCollector<>(routes));
    return routes;
  }

  private static List<Tuple2<ChatTopic, CompletionEvent>> routes(CompletionEvent event) {
    return routes(ChatTopic.Use.EXACTLY_ONCE, event);
  }

  private static Rejected rejected(String requestId, Optional<SourceRecord> origin) {
    return new Rejected(requestId, "c", "", "invalid_request", "no", origin);
  }

  @Test
  void anAnswerGoesToCompletions() {
    CompletionEvent answer =
        new Completed(
            "r",
            "c",
            "m",
            "fp",
            List.of(new Answer("Hi", FinishReason.STOP)),
            Optional.empty(),
            AnswerShape.CHAT,
            new Usage(1, 0, 1),
            new Timings(0, 0, 0, 0),
            Optional.of(RECORD));
    assertThat(routes(answer)).containsExactly(Tuple2.of(ChatTopic.COMPLETIONS, answer));
  }

  @Test
  void whatIsBlockedGoesToWhoAskedAndToWhoLooksAfterIt() {
    CompletionEvent blocked =
        new Completed(
            "r",
            "c",
            "m",
            "fp",
            List.of(
                new Answer("Hi", FinishReason.STOP), new Answer("", FinishReason.CONTENT_FILTER)),
            Optional.empty(),
            AnswerShape.CHAT,
            new Usage(1, 0, 1),
            new Timings(0, 0, 0, 0),
            Optional.of(RECORD));
    assertThat(routes(blocked))
        .containsExactly(
            Tuple2.of(ChatTopic.COMPLETIONS, blocked), Tuple2.of(ChatTopic.BLOCKED, blocked));
  }

  @Test
  void tokensGoAnotherWay() {
    CompletionEvent token = new Chunk("r", "c", 1, "Hi");
    assertThat(routes(token)).isEmpty();
    assertThat(routes(ChatTopic.Use.AT_LEAST_ONCE, token))
        .containsExactly(Tuple2.of(ChatTopic.TOKENS, token));
    assertThat(routes(ChatTopic.Use.AT_LEAST_ONCE, rejected("r", Optional.of(RECORD)))).isEmpty();
    assertThat(routes(ChatTopic.Use.READ, token)).isEmpty();
  }

  @Test
  void aRefusalGoesToWhoAskedAndItsRecordToDeadLetters() {
    CompletionEvent both = rejected("r", Optional.of(RECORD));
    assertThat(routes(both))
        .containsExactly(
            Tuple2.of(ChatTopic.COMPLETIONS, both), Tuple2.of(ChatTopic.DEAD_LETTERS, both));
    CompletionEvent nobodys = rejected("", Optional.of(RECORD));
    assertThat(routes(nobodys)).containsExactly(Tuple2.of(ChatTopic.DEAD_LETTERS, nobodys));
    CompletionEvent withoutRecord = rejected("r", Optional.empty());
    assertThat(routes(withoutRecord))
        .containsExactly(Tuple2.of(ChatTopic.COMPLETIONS, withoutRecord));
    assertThat(routes(rejected("", Optional.empty()))).isEmpty();
  }
}
