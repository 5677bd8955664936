package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.ConversationReport;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Role;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Conversations that clients forget, or have shown to them. */
@Timeout(120)
class ForgetTest {
  @Test
  void nothingIsLeftOfAConversationThatIsForgotten() throws Exception {
    Configuration options =
        options()
            .set(MistralOptions.MODEL_NAME, "forgetting")
            .set(MistralOptions.CONVERSATION_TTL, Duration.ofHours(1));
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(request("b", "c", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.harness().numKeyedStateEntries()).isPositive();
      operator.send(forget("q", "c"));
      assertThat(report(operator, "q")).isEqualTo(new ConversationReport.Forgotten(2, 0));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
      assertThat(operator.harness().numProcessingTimeTimers()).isZero();
      assertThat(operator.pagesOf("c")).isEmpty();
      LanguageModel model = OperatorHarness.model(options);
      assertThat(model.cacheBytes()).isEqualTo(model.sharedBytes());
      // Its requests are known no more, nor is its history.
      operator.send(request("a2", "c", "Who am I?"));
      operator.send(request("b", "c", "Who am I?"));
      operator.runUntil(events -> operator.events().size() == 5);
      assertThat(operator.events().stream().filter(e -> e.requestId().equals("b"))).hasSize(2);
      assertThat(((CompletionEvent.Completed) operator.events().getLast()).text())
          .doesNotContain("Sofia");
    }
  }

  @Test
  void requestsThatAreNotAnsweredEndAndNoneIsLost() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(sampled("live", "c", STORY, 120));
      operator.send(request("queued", "c", "Who am I?"));
      operator.runUntil(events -> events.size() >= 10);
      operator.send(forget("q", "c"));
      assertThat(operator.answers()).containsOnlyKeys("a", "live", "queued");
      assertThat(operator.completed("live").finishReason()).isEqualTo(FinishReason.CANCELLED);
      assertThat(operator.completed("live").text()).isNotEmpty();
      assertThat(operator.completed("queued").finishReason()).isEqualTo(FinishReason.CANCELLED);
      operator.send(request("next", "c", "Who am I?"));
      operator.runUntilAnswered(4);
      assertThat(operator.textOf("next")).doesNotContain("Sofia");
      assertThat(operator.completed("next").usage().cachedTokens()).isZero();
      assertThat(operator.completed("next").usage().promptTokens()).isLessThan(30);
    }
  }

  /** While they are being written, and while their prompt is taken in for all of them. */
  @ParameterizedTest
  @ValueSource(ints = {0, 30})
  void severalAnswersThatAreUnderWayEndTogether(int pieces) throws Exception {
    Configuration options =
        options().set(MistralOptions.MODEL_NAME, "forgetting").set(MistralOptions.PREFILL_CHUNK, 2);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      operator.send(
          sampled("three", "c", STORY, 120)
              .but()
              .options(AnswerOptions.DEFAULT.withStream(true).withChoices(3))
              .build());
      int before = operator.events().size();
      operator.runUntil(events -> events.size() >= before + pieces);
      operator.send(forget("q", "c"));
      assertThat(operator.completed("three").answers())
          .hasSize(3)
          .allMatch(answer -> answer.finishReason() == FinishReason.CANCELLED);
      assertThat(report(operator, "q")).isEqualTo(new ConversationReport.Forgotten(1, 0));
      operator.send(request("next", "c", "Who am I?"));
      operator.runUntilAnswered(3);
      assertThat(operator.textOf("next")).doesNotContain("Sofia");
      operator.send(forget("q2", "c"));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
      LanguageModel model = OperatorHarness.model(options);
      assertThat(model.cacheBytes()).isEqualTo(model.sharedBytes());
    }
  }

  @Test
  void withCheckpointsTheLastOfItGoesWhenOneHoldsTheDecision() throws Exception {
    OperatorSubtaskState decided;
    try (OperatorHarness operator = withCheckpoints(options(), null)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(sampled("live", "c", STORY, 120));
      operator.runUntil(events -> events.size() >= 10);
      operator.send(forget("q", "c"));
      operator.send(request("next", "c", "Who am I?"));
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runUntilAnswered(3);
      assertThat(operator.answers()).doesNotContainKey("next");
      decided = operator.snapshot(1);
      operator.checkpointComplete(1);
      operator.runUntilAnswered(4);
      assertThat(operator.textOf("next")).doesNotContain("Sofia");
      operator.send(forget("q2", "c"));
      operator.send(forget("q3", "x"));
      operator.snapshot(2);
      operator.checkpointComplete(2);
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
    try (OperatorHarness operator = withCheckpoints(options(), decided)) {
      operator.runUntilAnswered(1);
      assertThat(operator.answers()).containsOnlyKeys("next");
      assertThat(operator.textOf("next")).doesNotContain("Sofia");
    }
  }

  @Test
  void aForkThatIsNotMadeYetFindsNothingAndOneThatIsStays() throws Exception {
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = withCheckpoints(options, null)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(fork("made", "c~made", "c", 1, "Who am I?"));
      operator.runUntilAnswered(2);
      operator.send(sampled("long", "x", STORY, 60));
      operator.send(fork("late", "c~late", "c", 1, "Who am I?"));
      operator.send(forget("q", "c"));
      operator.runUntilAnswered(3);
      operator.send(request("other", "y", "Spell the word owl."));
      operator.runUntilAnswered(4);
      assertThat(operator.answers()).doesNotContainKey("late");
      operator.snapshot(1);
      operator.checkpointComplete(1);
      operator.runUntilAnswered(5);
      assertThat(operator.answers().get("late"))
          .hasFieldOrPropertyWithValue("code", "conversation_not_found");
      operator.send(request("again", "c~made", "Who am I?"));
      operator.runUntilAnswered(6);
      assertThat(operator.textOf("again")).contains("Sofia");
    }
  }

  /** What it was to begin with is planned while it waits for memory. */
  @Test
  void aForkThatWaitsForMemoryFindsNothingEither() throws Exception {
    Configuration options =
        options().set(MistralOptions.KV_MEMORY, new MemorySize(16L * KvMemoryTest.PAGE_BYTES));
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      operator.send(sampled("long", "x", STORY, 60));
      operator.send(fork("late", "c~late", "c", 1, "Who am I?"));
      assertThat(operator.running()).as("there is no room for both").isEqualTo(1);
      operator.send(forget("q", "c"));
      operator.runUntilAnswered(3);
      assertThat(operator.answers().get("late"))
          .hasFieldOrPropertyWithValue("code", "conversation_not_found");
    }
  }

  @Test
  void forksGoWithItWhereTheOptionSaysSo() throws Exception {
    Configuration options = options().set(MistralOptions.FORGET_FORKS, true);
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(fork("f", "c~b", "c", 1, "Who am I?"));
      operator.send(fork("g", "c~b~d", "c~b", 1, "Who am I?"));
      operator.send(request("h", "cc", "My name is Sofia."));
      operator.runUntilAnswered(4);
      operator.send(forget("q", "c~b"));
      assertThat(report(operator, "q")).isEqualTo(new ConversationReport.Forgotten(2, 1));
      operator.send(forget("q2", "c"));
      assertThat(report(operator, "q2")).isEqualTo(new ConversationReport.Forgotten(1, 0));
      operator.send(request("i", "cc", "Who am I?"));
      operator.runUntilAnswered(5);
      assertThat(operator.textOf("i")).contains("Sofia");
    }
  }

  @Test
  void whatIsNotThereIsForgottenToo() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(forget("q", "nobody"));
      assertThat(report(operator, "q")).isEqualTo(new ConversationReport.Forgotten(0, 0));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void theTurnsThatHaveEndedAreShown() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      operator.send(sampled("b", "c", STORY, 120));
      operator.send(request("d", "c", "Who am I?"));
      operator.runUntil(events -> events.size() >= 10);
      operator.send(new ControlRequest.Show("q", "c", Optional.empty()));
      ConversationReport.Shown shown = (ConversationReport.Shown) report(operator, "q");
      assertThat(shown.unfinished()).isEqualTo(2);
      assertThat(shown.turns()).hasSize(1);
      assertThat(shown.turns().getFirst().messages())
          .containsExactly(
              new ChatMessage(Role.USER, "My name is Sofia."),
              new ChatMessage(Role.ASSISTANT, operator.textOf("a")));
      CompletionEvent.Completed answer = operator.completed("a");
      assertThat(shown.turns().getFirst().promptTokens()).isEqualTo(answer.usage().promptTokens());
      assertThat(shown.turns().getFirst().completionTokens())
          .isEqualTo(answer.usage().completionTokens());
      operator.send(new ControlRequest.Show("q2", "nobody", Optional.empty()));
      assertThat(report(operator, "q2")).isEqualTo(new ConversationReport.Shown(List.of(), 0));
    }
  }

  private static OperatorHarness withCheckpoints(Configuration options, OperatorSubtaskState state)
      throws Exception {
    OperatorHarness operator = new OperatorHarness(options, 1, 0);
    operator.withCheckpoints();
    operator.open(state);
    return operator;
  }

  private static ConversationReport report(OperatorHarness operator, String id) {
    return operator.events().stream()
        .filter(e -> e instanceof CompletionEvent.Reported && e.requestId().equals(id))
        .map(e -> ((CompletionEvent.Reported) e).report())
        .findFirst()
        .orElseThrow();
  }

  private static ControlRequest forget(String id, String conversation) {
    return new ControlRequest.Forget(id, conversation, Optional.empty());
  }
}
