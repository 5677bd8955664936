package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.Usage;
import java.time.Duration;
import java.util.OptionalLong;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests whose time is over before they are answered. */
@Timeout(120)
class TimeoutTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  @Test
  void whatHasBeenSaidByThenIsTheAnswer() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.setTime(Duration.ZERO);
      operator.send(until(SECOND, sampled("r", "c", STORY, 120)));
      operator.runUntil(events -> events.size() >= 20);
      int pieces = operator.events().size();
      operator.setTime(SECOND.minusMillis(1));
      assertThat(operator.answers()).isEmpty();
      operator.setTime(SECOND);
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.TIMEOUT);
      assertThat(operator.completed("r").usage().completionTokens()).isGreaterThanOrEqualTo(20);
      assertThat(operator.events()).hasSize(pieces + 2);
      CompletionEvent.Chunk last = (CompletionEvent.Chunk) operator.events().getLast();
      assertThat(last.finishReason()).contains(FinishReason.TIMEOUT);
      operator.send(request("next", "c", "And then?"));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("next").usage().promptTokens())
          .isGreaterThan(operator.completed("r").usage().totalTokens());
    }
  }

  @Test
  void requestsThatWaitEndInTheOrderOfTheirDeadlines() throws Exception {
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.setTime(Duration.ZERO);
      operator.send(request("a", "c", "Spell the word owl."));
      operator.send(until(SECOND.multipliedBy(3), request("b", "c", "Hi")));
      operator.send(until(SECOND, request("d", "c", "Hi")));
      operator.send(until(SECOND.multipliedBy(2), request("e", "x", "Hi")));
      operator.send(until(SECOND.multipliedBy(9), request("f", "c", "Spell the word owl.")));
      operator.setTime(SECOND);
      assertThat(operator.answers()).containsOnlyKeys("d");
      operator.setTime(SECOND.multipliedBy(2));
      assertThat(operator.answers()).containsOnlyKeys("d", "e");
      operator.setTime(SECOND.multipliedBy(3));
      assertThat(operator.answers()).containsOnlyKeys("b", "d", "e");
      assertThat(operator.completed("b").usage()).isEqualTo(new Usage(0, 0, 0));
      operator.runUntilAnswered(5);
      assertThat(operator.completed("f").finishReason()).isEqualTo(FinishReason.STOP);
      operator.setTime(SECOND.multipliedBy(20));
      assertThat(operator.events()).as("an answered one is done").hasSize(5);
    }
  }

  @Test
  void aRequestThatComesTooLateDoesNotBegin() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.setTime(SECOND.multipliedBy(5));
      operator.send(until(SECOND, sampled("r", "c", STORY, 120)));
      assertThat(operator.completed("r").usage()).isEqualTo(new Usage(0, 0, 0));
      operator.send(request("next", "c", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.completed("next").usage().promptTokens()).isLessThan(30);
    }
  }

  /** Nothing else would make it look. */
  @Test
  void whoWaitsForThePlaceOfOneThatIsBeingReadBackGetsIt() throws Exception {
    OperatorSubtaskState state;
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(sampled("a", "c", "dog ".repeat(100), 60));
      operator.runUntilAnswered(1);
      state = operator.snapshot();
    }
    MistralSettings pageByPage = MistralSettings.of(options).withRestoreBytes(1);
    try (OperatorHarness operator = new OperatorHarness(pageByPage, 1, 0)) {
      operator.setTime(Duration.ZERO);
      operator.open(state);
      operator.send(until(SECOND, sampled("b", "c", "And then?", 120)));
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runMail();
      operator.setTime(SECOND);
      assertThat(operator.completed("b").finishReason()).isEqualTo(FinishReason.TIMEOUT);
      operator.runUntilAnswered(2);
      assertThat(operator.completed("other").finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void timeGoesOnWhileAJobIsDown() throws Exception {
    OperatorSubtaskState state;
    Configuration options = OperatorHarness.oneAtATime();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.setTime(Duration.ZERO);
      operator.send(until(SECOND, sampled("r", "c", STORY, 120)));
      operator.send(until(SECOND, sampled("s", "c", STORY, 120)));
      operator.send(until(SECOND.multipliedBy(9), request("t", "c", "Spell the word owl.")));
      operator.runUntil(events -> events.size() >= 20);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
      operator.setTime(SECOND.multipliedBy(5));
      operator.open(state);
      operator.runUntilAnswered(3);
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.TIMEOUT);
      assertThat(operator.completed("r").usage().completionTokens()).isGreaterThanOrEqualTo(20);
      assertThat(operator.completed("s").usage()).isEqualTo(new Usage(0, 0, 0));
      assertThat(operator.completed("t").finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void theDecisionIsInACheckpointBeforeTheNextTurnBegins() throws Exception {
    OperatorSubtaskState decided;
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.withCheckpoints();
      operator.setTime(Duration.ZERO);
      operator.open(null);
      operator.send(until(SECOND, sampled("r", "c", STORY, 120)));
      operator.send(request("next", "c", "And then?"));
      operator.runUntil(events -> events.size() >= 20);
      operator.setTime(SECOND);
      assertThat(operator.answers()).containsOnlyKeys("r");
      decided = operator.snapshot(1);
      operator.send(request("other", "x", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.answers()).containsOnlyKeys("r", "other");
      operator.checkpointComplete(1);
      operator.runUntilAnswered(3);
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.withCheckpoints();
      operator.setTime(Duration.ZERO);
      operator.open(decided);
      operator.runUntilAnswered(1);
      assertThat(operator.answers()).containsOnlyKeys("next");
    }
  }

  private static CompletionRequest until(Duration deadline, CompletionRequest request) {
    return request.but().schedule(new Schedule(0, OptionalLong.of(deadline.toMillis()))).build();
  }
}
