package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.many;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.FinishReason;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/** Requests that are too many, too large, or came twice. */
class RefusalTest {

  @Test
  void aRequestThatComesAgainIsNotAnsweredAgain() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "c", "Spell the word bell."));
      operator.send(request("b", "c", "Spell the word owl."));
      operator.send(request("a", "c", "Spell the word bell.")); // In flight.
      operator.send(request("b", "c", "Spell the word owl.")); // In the queue.
      operator.send(request("a", "other", "Spell the word bell.")); // Of another conversation.
      operator.send(request("z", "c", "Spell the word cat."));
      operator.runUntil(events -> events.size() >= 4);
      operator.send(request("a", "c", "Spell the word bell.")); // Answered.
      assertThat(operator.events()).hasSize(4);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.open(state);
      operator.send(request("b", "c", "Spell the word owl."));
      operator.send(request("new", "c", "Spell the word owl."));
      operator.endInput();
      assertThat(operator.answers()).containsOnlyKeys("new");
    }
  }

  @Test
  void onlyTheLastAnswersAreRemembered() throws Exception {
    Configuration two = options().set(MistralOptions.REMEMBERED_REQUESTS, 2);
    try (OperatorHarness operator = OperatorHarness.opened(two)) {
      for (String id : List.of("a", "b", "d", "b", "a")) {
        operator.send(request(id, "c", "Spell the word bell."));
        operator.endInput();
      }
      assertThat(operator.events())
          .extracting(CompletionEvent::requestId)
          .containsExactly("a", "b", "d", "a");
    }
    Configuration none = options().set(MistralOptions.REMEMBERED_REQUESTS, 0);
    try (OperatorHarness operator = OperatorHarness.opened(none)) {
      operator.send(request("a", "c", "Spell the word bell."));
      operator.send(request("a", "c", "Spell the word bell."));
      operator.runUntil(events -> events.size() >= 2);
    }
  }

  @Test
  void whatWasRefusedMayBeSentAgain() throws Exception {
    Configuration options = options().set(MistralOptions.CONVERSATION_QUEUE, 2);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("a", "c", STORY, 20));
      operator.send(sampled("b", "c", STORY, 5));
      operator.send(sampled("d", "c", STORY, 5));
      CompletionEvent.Rejected refused = (CompletionEvent.Rejected) operator.answers().get("d");
      assertThat(refused.code()).isEqualTo("queue_full");
      assertThat(ErrorCode.typeOf(refused.code())).isEqualTo("rate_limit_error");
      assertThat(refused.parameter()).isEqualTo("conversation_id");
      operator.endInput();
      operator.harness().getOutput().clear();
      operator.send(sampled("d", "c", STORY, 5));
      operator.endInput();
      assertThat(operator.completed("d").usage().completionTokens()).isEqualTo(5);
    }
  }

  @Test
  void whetherTooManyWaitIsCountedFromTheLastCompleteCheckpoint() throws Exception {
    Configuration options = options().set(MistralOptions.CONVERSATION_QUEUE, 2);
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.withCheckpoints();
      operator.open(null);
      operator.send(sampled("a", "c", STORY, 3));
      operator.send(sampled("b", "c", STORY, 3));
      operator.runUntilAnswered(2);
      // Nobody waits; but a replay might read this one before it has answered the others.
      operator.send(sampled("d", "c", STORY, 3));
      assertThat(operator.answers().get("d")).hasFieldOrPropertyWithValue("code", "queue_full");
      operator.snapshot(1);
      operator.send(sampled("e", "c", STORY, 3));
      assertThat(operator.answers().get("e")).hasFieldOrPropertyWithValue("code", "queue_full");
      operator.checkpointComplete(1);
      operator.send(sampled("f", "c", STORY, 3));
      operator.snapshot(2);
      operator.checkpointComplete(2);
      operator.runUntilAnswered(5);
      assertThat(operator.completed("f").usage().completionTokens()).isEqualTo(3);
    }
  }

  /** Once, and until a checkpoint holds it: in whatever way it has ended, and wherever it stood. */
  @Test
  void whatIsCancelledInTheQueueCountsAsWhatIsAnsweredDoes() throws Exception {
    Configuration options =
        options()
            .set(MistralOptions.CONVERSATION_QUEUE, 3)
            .set(MistralOptions.MAX_CONVERSATIONS, 1);
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.withCheckpoints();
      operator.open(null);
      operator.send(sampled("live", "x", STORY, 120));
      for (String id : List.of("a", "b", "d")) {
        operator.send(sampled(id, "c", STORY, 3));
      }
      operator.send(cancel("b"));
      assertThat(isRefused(operator, "e")).as("a, b, d").isTrue();
      operator.snapshot(1);
      operator.checkpointComplete(1);
      assertThat(isRefused(operator, "f")).as("a, d").isFalse();
      assertThat(isRefused(operator, "g")).as("a, d, f").isTrue();
      operator.send(cancel("a")); // With it the queue's head moves beyond b.
      assertThat(isRefused(operator, "h")).as("a, d, f").isTrue();
      operator.snapshot(2);
      operator.checkpointComplete(2);
      assertThat(isRefused(operator, "i")).as("d, f").isFalse();
      assertThat(isRefused(operator, "j")).as("d, f, i").isTrue();
      OperatorSubtaskState state = operator.snapshot(3);
      try (OperatorHarness restored = new OperatorHarness(options, 1, 0)) {
        restored.withCheckpoints();
        restored.open(state);
        assertThat(isRefused(restored, "k")).as("d, f, i").isTrue();
      }
    }
  }

  private static boolean isRefused(OperatorHarness operator, String id) throws Exception {
    operator.send(sampled(id, "c", STORY, 3));
    return operator.answers().get(id) instanceof CompletionEvent.Rejected refused
        && refused.code().equals("queue_full");
  }

  private static ControlRequest cancel(String target) {
    return new ControlRequest.Cancel(target, "c", Optional.empty());
  }

  /** Or streamed tokens would belong to another history than those of a replay. */
  @Test
  void whatComesAfterARefusalWaitsUntilACheckpointHoldsIt() throws Exception {
    Configuration options = options().set(MistralOptions.CONVERSATION_QUEUE, 2);
    OperatorSubtaskState before;
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.withCheckpoints();
      operator.open(null);
      operator.send(sampled("a", "c", STORY, 3));
      operator.send(sampled("b", "c", STORY, 3));
      operator.runUntilAnswered(2);
      before = operator.snapshot(1);
      operator.send(sampled("d", "c", STORY, 3));
      operator.checkpointComplete(1);
      operator.send(sampled("e", "c", STORY, 3));
      operator.send(sampled("other", "x", STORY, 3));
      operator.runUntil(events -> operator.answers().containsKey("other"));
      assertThat(operator.events()).noneMatch(event -> event.requestId().equals("e"));
      operator.snapshot(2);
      operator.checkpointComplete(2);
      operator.runUntil(events -> operator.answers().containsKey("e"));
      assertThat(operator.completed("e").usage().promptTokens())
          .isLessThan(3 * operator.completed("b").usage().promptTokens());
    }
    // The failure comes before the second checkpoint: nobody has seen anything of "e".
    try (OperatorHarness replay = new OperatorHarness(options, 1, 0)) {
      replay.withCheckpoints();
      replay.open(before);
      replay.send(sampled("d", "c", STORY, 3));
      replay.send(sampled("e", "c", STORY, 3));
      replay.endInput();
      assertThat(replay.completed("d").text()).isNotEmpty();
      assertThat(replay.completed("e").text()).isNotEmpty();
    }
  }

  @Test
  void whatIsRefusedInAConversationWithoutTurnsLeavesNothingInState() throws Exception {
    Configuration options = options().set(MistralOptions.CONTEXT_LIMIT, 60);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (int i = 0; i < 5; i++) {
        operator.send(request("long" + i, "c" + i, "dog ".repeat(100)));
      }
      operator.endInput();
      assertThat(operator.answers()).hasSize(5);
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
      operator.send(request("long", "c0", "Spell the word owl."));
      operator.endInput();
      assertThat(operator.textOf("long")).isEqualTo("o-w-l");
    }
  }

  @Test
  void aPromptThatIsTooLongOrDoesNotFitIsRefusedWithACodeOfItsOwn() throws Exception {
    Configuration options =
        options().set(MistralOptions.MAX_PROMPT_TOKENS, 50).set(MistralOptions.CONTEXT_LIMIT, 60);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("long", "a", "dog ".repeat(60)));
      operator.send(sampled("first", "b", STORY, 10));
      operator.send(request("second", "b", STORY));
      operator.runUntilAnswered(3);
      assertThat(operator.answers().get("long"))
          .hasFieldOrPropertyWithValue("code", "request_too_large")
          .hasFieldOrPropertyWithValue("parameter", "messages");
      assertThat(operator.answers().get("second"))
          .hasFieldOrPropertyWithValue("code", "context_length_exceeded");
    }
  }

  @Test
  void tooManyMessagesToolsAndStopsAreRefused() throws Exception {
    Configuration options =
        options()
            .set(MistralOptions.MAX_MESSAGES, 3)
            .set(MistralOptions.MAX_TOOLS, 2)
            .set(MistralOptions.MAX_STOPS, 1);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(many("messages", 4, 0, 0));
      operator.send(many("tools", 1, 3, 0));
      operator.send(many("stop", 1, 0, 2));
      for (String parameter : List.of("messages", "tools", "stop")) {
        assertThat(operator.answers().get(parameter))
            .hasFieldOrPropertyWithValue("code", "request_too_large")
            .hasFieldOrPropertyWithValue("parameter", parameter);
      }
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void aPromptOfExactlyTheMostTokensIsTaken() throws Exception {
    int tokens = promptTokens();
    assertThat(answer(MistralOptions.MAX_PROMPT_TOKENS, tokens))
        .isInstanceOf(CompletionEvent.Completed.class);
    assertThat(answer(MistralOptions.MAX_PROMPT_TOKENS, tokens - 1))
        .hasFieldOrPropertyWithValue("code", "request_too_large");
  }

  @Test
  void aContextWithRoomForExactlyOneTokenOfTheAnswerIsEnough() throws Exception {
    int tokens = promptTokens();
    CompletionEvent one = answer(MistralOptions.CONTEXT_LIMIT, tokens + 1);
    assertThat(((CompletionEvent.Completed) one).usage().completionTokens()).isEqualTo(1);
    assertThat(((CompletionEvent.Completed) one).finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(answer(MistralOptions.CONTEXT_LIMIT, tokens))
        .hasFieldOrPropertyWithValue("code", "context_length_exceeded");
  }

  private static int promptTokens() throws Exception {
    return ((CompletionEvent.Completed) answer(MistralOptions.MAX_TOKENS, 3))
        .usage()
        .promptTokens();
  }

  private static CompletionEvent answer(ConfigOption<Integer> option, int value) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options().set(option, value))) {
      operator.send(request("r", "c", STORY));
      operator.endInput();
      return operator.answers().get("r");
    }
  }
}
