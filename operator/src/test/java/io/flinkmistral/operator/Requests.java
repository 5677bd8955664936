package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Requests of the operator's tests, and what their answers are compared by. */
final class Requests {
  static final String STORY = "Tell me a story about a pink owl called Ben.";

  private static final SamplingParams SAMPLED =
      new SamplingParams(1, 1, 0, 0, OptionalLong.empty());

  private Requests() {}

  /** A greedy one. */
  static CompletionRequest request(String id, String conversation, String text) {
    return CompletionRequest.ofUser(id, conversation, text);
  }

  static CompletionRequest reset(String id, String conversation, String text) {
    return of(
        id,
        conversation,
        text,
        OptionalInt.empty(),
        SamplingParams.DEFAULT,
        true,
        Optional.empty());
  }

  /** Streamed, at temperature 1, with a seed from its ids. */
  static CompletionRequest sampled(String id, String conversation, String text, int maxTokens) {
    return of(id, conversation, text, OptionalInt.of(maxTokens), SAMPLED, false, Optional.empty());
  }

  /** The same, and earlier turns are forgotten. */
  static CompletionRequest sampledReset(
      String id, String conversation, String text, int maxTokens) {
    return of(id, conversation, text, OptionalInt.of(maxTokens), SAMPLED, true, Optional.empty());
  }

  /** A greedy one that branches off. */
  static CompletionRequest fork(
      String id, String conversation, String source, int turn, String text) {
    return of(
        id,
        conversation,
        text,
        OptionalInt.empty(),
        SamplingParams.DEFAULT,
        false,
        Optional.of(new ForkPoint(source, turn)));
  }

  /** A greedy one that goes on where the source has had so many requests, and else branches off. */
  static CompletionRequest follow(
      String id, String conversation, String source, int turn, int after, String text) {
    return request(id, conversation, text)
        .but()
        .fork(Optional.of(new ForkPoint(source, turn, OptionalInt.of(after))))
        .build();
  }

  /** One with so many messages, tools and stop texts. */
  static CompletionRequest many(String id, int messages, int tools, int stops) {
    return CompletionRequest.of(id, "c")
        .prompt(
            new Prompt.Chat(
                Collections.nCopies(messages, new ChatMessage(Role.USER, "Hi")),
                Collections.nCopies(tools, "{}")))
        .stop(StopConditions.DEFAULT.withTexts(Collections.nCopies(stops, "x")))
        .build();
  }

  private static CompletionRequest of(
      String id,
      String conversation,
      String text,
      OptionalInt maxTokens,
      SamplingParams sampling,
      boolean reset,
      Optional<ForkPoint> fork) {
    StopConditions stop = new StopConditions(maxTokens, 0, List.of(), List.of(), false);
    return CompletionRequest.ofUser(id, conversation, text)
        .but()
        .stop(stop)
        .sampling(sampling)
        .options(AnswerOptions.DEFAULT.withStream(sampling == SAMPLED))
        .reset(reset)
        .fork(fork)
        .build();
  }

  /** All that must not differ from run to run; refusals by their code. */
  static void assertSameAnswers(
      Map<String, CompletionEvent> actual, Map<String, CompletionEvent> expected) {
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((id, event) -> assertThat(summary(actual.get(id))).isEqualTo(summary(event)));
  }

  private static String summary(CompletionEvent event) {
    return switch (event) {
      case CompletionEvent.Completed answer ->
          "%s: %s, %s, %s"
              .formatted(
                  answer.requestId(), answer.answers(), answer.promptLogprobs(), answer.usage());
      case CompletionEvent.Rejected refusal -> refusal.requestId() + ": " + refusal.code();
      case CompletionEvent.Reported report ->
          throw new IllegalArgumentException("a report: " + report);
      case CompletionEvent.Chunk chunk -> throw new IllegalArgumentException("a piece: " + chunk);
    };
  }
}
