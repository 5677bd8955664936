package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.reset;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.TurnOptions;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/** Conversations that nobody uses are forgotten, whole, and never while somebody waits. */
class ExpiryTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @Test
  void anIdleConversationIsForgottenWithAllItHas() throws Exception {
    Configuration options = expiring().set(MistralOptions.MODEL_NAME, "expiring");
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(3);
      assertThat(OperatorHarness.model(options).heldBytes()).isPositive();
      operator.setTime(HOUR.minusMillis(1));
      assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(3);
      operator.setTime(HOUR);
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
      assertThat(operator.pagesOf("c")).isEmpty();
      assertThat(OperatorHarness.model(options).heldBytes()).isZero();
      assertThat(operator.harness().numProcessingTimeTimers()).isZero();
      operator.send(request("b", "c", "Who am I?"));
      operator.runUntilAnswered(2);
      assertThat(operator.textOf("b")).doesNotContain("Sofia");
    }
  }

  @Test
  void theNewestRequestSaysForHowLongAConversationStays() throws Exception {
    for (Configuration options : List.of(options(), expiring())) {
      try (OperatorHarness operator = OperatorHarness.opened(options)) {
        operator.setTime(Duration.ZERO);
        operator.send(staying(request("a", "short", "My name is Sofia."), 60_000));
        operator.send(staying(request("b", "long", "My name is Sofia."), 7_200_000));
        operator.send(staying(request("c", "changed", "My name is Sofia."), 7_200_000));
        operator.runUntilAnswered(3);
        operator.send(staying(request("c2", "changed", "My name is Sofia."), 1));
        operator.runUntilAnswered(4);
        operator.setTime(Duration.ofMillis(59_999));
        assertThat(operator.pagesOf("changed")).isEmpty();
        assertThat(operator.pagesOf("short")).isNotEmpty();
        operator.setTime(Duration.ofMillis(60_000));
        assertThat(operator.pagesOf("short")).isEmpty();
        operator.setTime(Duration.ofMillis(7_199_999));
        assertThat(operator.harness().numKeyedStateEntries()).isPositive();
        operator.setTime(Duration.ofMillis(7_200_000));
        assertThat(operator.harness().numKeyedStateEntries()).isZero();
        assertThat(operator.harness().numProcessingTimeTimers()).isZero();
      }
    }
  }

  private static CompletionRequest staying(CompletionRequest request, long millis) {
    return request.but().turn(TurnOptions.DEFAULT.withTimeToLive(OptionalLong.of(millis))).build();
  }

  @Test
  void withCheckpointsItIsForgottenWhenOneThatHoldsTheDecisionIsComplete() throws Exception {
    OperatorSubtaskState before;
    OperatorSubtaskState after;
    try (OperatorHarness operator = new OperatorHarness(expiring(), 1, 0)) {
      operator.withCheckpoints();
      operator.open(null);
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(request("a2", "idle", "My name is Sofia."));
      operator.runUntilAnswered(2);
      before = operator.snapshot(1);
      operator.setTime(HOUR.minusMillis(1));
      assertThat(operator.harness().numProcessingTimeTimers()).isEqualTo(2);
      operator.setTime(HOUR);
      operator.checkpointComplete(1);
      assertThat(operator.pagesOf("c")).isNotEmpty();
      // It finds the conversation expired, and waits.
      operator.send(request("b", "c", "Who am I?"));
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runUntilAnswered(3);
      assertThat(operator.answers()).containsKey("other");
      after = operator.snapshot(2);
      operator.checkpointComplete(2);
      operator.runUntilAnswered(4);
      assertThat(operator.textOf("b")).doesNotContain("Sofia");
      assertThat(operator.pagesOf("idle")).isEmpty();
    }
    // From before the decision: the conversation is still there, as nobody saw that it was not.
    try (OperatorHarness operator = new OperatorHarness(expiring(), 1, 0)) {
      operator.withCheckpoints();
      operator.setTime(HOUR);
      operator.open(before);
      operator.send(request("b", "c", "Who am I?"));
      operator.runUntilAnswered(1);
      assertThat(operator.textOf("b")).contains("Sofia");
    }
    // From after it: it is decided.
    try (OperatorHarness operator = new OperatorHarness(expiring(), 1, 0)) {
      operator.withCheckpoints();
      operator.setTime(HOUR);
      operator.open(after);
      operator.runUntilAnswered(1);
      assertThat(operator.textOf("b")).doesNotContain("Sofia");
      operator.send(request("i", "idle", "Who am I?"));
      operator.runUntil(events -> operator.answers().containsKey("i"));
      assertThat(operator.textOf("i")).doesNotContain("Sofia");
    }
  }

  @Test
  void aForkOfAConversationThatExpiresWaitsForTheDecisionAndFindsNothing() throws Exception {
    try (OperatorHarness operator = new OperatorHarness(expiring(), 1, 0)) {
      operator.withCheckpoints();
      operator.open(null);
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      operator.setTime(HOUR);
      operator.send(fork("f", "c~f", "c", 1, "Who am I?"));
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.answers()).doesNotContainKey("f");
      operator.snapshot(1);
      operator.checkpointComplete(1);
      operator.runUntilAnswered(3);
      assertThat(operator.answers().get("f"))
          .hasFieldOrPropertyWithValue("code", "conversation_not_found");
    }
  }

  @Test
  void conversationsOfATimeWithoutTheOptionExpireOnceThereIsOne() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(request("b", "d", "My name is Sofia."));
      operator.runUntilAnswered(2);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(expiring(), 1, 0)) {
      operator.setTime(HOUR.multipliedBy(100));
      operator.open(state);
      operator.setTime(HOUR.multipliedBy(101).minusMillis(1));
      assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(3);
      operator.setTime(HOUR.multipliedBy(101));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void aShorterTimeToLiveHoldsForConversationsOfBeforeToo() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(expiring())) {
      operator.setTime(Duration.ofMinutes(1));
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      state = operator.snapshot();
    }
    Configuration minutes = options().set(MistralOptions.CONVERSATION_TTL, HOUR.dividedBy(4));
    try (OperatorHarness operator = new OperatorHarness(minutes, 1, 0)) {
      operator.setTime(Duration.ofMinutes(2));
      operator.open(state);
      operator.setTime(Duration.ofMinutes(16).minusMillis(1));
      assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(3);
      operator.setTime(Duration.ofMinutes(16));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void eachUseCountsAnew() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(expiring())) {
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      operator.setTime(Duration.ofMinutes(40));
      operator.send(request("b", "c", "Spell the word bell."));
      operator.runUntilAnswered(2);
      operator.setTime(HOUR);
      assertThat(operator.harness().numProcessingTimeTimers()).isEqualTo(1);
      operator.setTime(Duration.ofMinutes(99));
      operator.send(request("d", "c", "Who am I?"));
      operator.runUntilAnswered(3);
      assertThat(operator.textOf("d")).contains("Sofia");
      operator.setTime(Duration.ofMinutes(99).plus(HOUR).minusMillis(1));
      assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(3);
      operator.setTime(Duration.ofMinutes(99).plus(HOUR));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void aConversationDoesNotExpireWhileItIsAnsweredAndDoesAfterARestore() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(expiring())) {
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      operator.setTime(Duration.ofMinutes(59));
      operator.send(sampled("b", "c", STORY, 60));
      operator.send(request("d", "c", "Who am I?"));
      operator.setTime(HOUR.multipliedBy(5));
      operator.runUntil(events -> events.size() >= 10);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(expiring(), 1, 0)) {
      operator.setTime(HOUR.multipliedBy(9));
      operator.open(state);
      operator.runUntilAnswered(2);
      assertThat(operator.textOf("d")).contains("Sofia");
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(expiring(), 1, 0)) {
      operator.setTime(HOUR.multipliedBy(9));
      operator.open(state);
      assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(3);
      operator.setTime(HOUR.multipliedBy(10));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
  }

  /** A request that was being answered when the job went down may come in again for that long. */
  @Test
  void afterARestartAnIdleConversationIsKeptForExactlyTenMinutes() throws Exception {
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(expiring())) {
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      state = operator.snapshot();
    }
    assertExpires(expiring(), state, HOUR.multipliedBy(5), Duration.ofMinutes(10));
    // Or for the time to live, where that is less.
    Configuration short5 = options().set(MistralOptions.CONVERSATION_TTL, Duration.ofMinutes(5));
    assertExpires(short5, state, HOUR.multipliedBy(5), Duration.ofMinutes(5));
    // What would expire later all the same, does so then.
    assertExpires(expiring(), state, Duration.ofMinutes(45), Duration.ofMinutes(15));
  }

  private static void assertExpires(
      Configuration options, OperatorSubtaskState state, Duration restart, Duration later)
      throws Exception {
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.setTime(restart);
      operator.open(state);
      operator.setTime(restart.plus(later).minusMillis(1));
      assertThat(operator.harness().numKeyedStateEntries()).isGreaterThan(3);
      operator.setTime(restart.plus(later));
      assertThat(operator.harness().numKeyedStateEntries()).isZero();
    }
  }

  @Test
  void withoutTheOptionNothingExpires() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "My name is Sofia."));
      operator.runUntilAnswered(1);
      assertThat(operator.harness().numProcessingTimeTimers()).isZero();
    }
  }

  @Test
  void resetLeavesNoPagesOfEarlierTurns() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("a", "c", "dog ".repeat(60), 60));
      operator.runUntilAnswered(1);
      int before = operator.pagesOf("c").size();
      operator.send(reset("b", "c", "Spell the word bell."));
      operator.runUntilAnswered(2);
      int full = (operator.completed("b").usage().totalTokens() - 1) / 16;
      assertThat(operator.pagesOf("c")).hasSize(full).hasSizeLessThan(before);
      assertThat(operator.completed("b").usage().cachedTokens()).isZero();
    }
  }

  private static Configuration expiring() {
    return options()
        .set(MistralOptions.CONVERSATION_TTL, HOUR)
        .set(MistralOptions.KV_RETENTION, HOUR.multipliedBy(100));
  }
}
