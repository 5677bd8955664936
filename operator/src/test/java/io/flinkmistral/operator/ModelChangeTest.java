package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/** Another fingerprint of keys and values keeps the dialogue and drops what was computed of it. */
class ModelChangeTest {

  @Test
  void theDialogueIsKeptAndItsKeysAndValuesAreComputedAgain() throws Exception {
    Configuration other = options().set(MistralOptions.KV_TYPE, "f32");
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a", "c", "My name is Sofia."));
      operator.send(request("b", "c", "Spell the word bell."));
      operator.runUntilAnswered(2);
      state = operator.snapshot();
    }
    int prompt;
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.send(request("d", "c", "Who am I?"));
      operator.send(request("e", "c", "Spell the word owl."));
      operator.runUntilAnswered(2);
      assertThat(operator.textOf("d")).contains("Sofia");
      assertThat(operator.completed("d").usage().cachedTokens()).isZero();
      prompt = operator.completed("d").usage().promptTokens();
      int takenIn = operator.completed("d").usage().totalTokens() - 1;
      assertThat(operator.completed("e").usage().cachedTokens()).isEqualTo(takenIn / 16 * 16);
    }
    try (OperatorHarness held = OperatorHarness.opened(other)) {
      held.send(request("a", "c", "My name is Sofia."));
      held.send(request("b", "c", "Spell the word bell."));
      held.send(request("d", "c", "Who am I?"));
      held.runUntilAnswered(3);
      assertThat(held.completed("d").usage().promptTokens()).isEqualTo(prompt);
    }
  }

  @Test
  void aTurnThatWasUnderWayGoesOnWithTheWordsThatItHas() throws Exception {
    Configuration other = options().set(MistralOptions.KV_TYPE, "f32");
    OperatorSubtaskState state;
    String before;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(sampled("a", "c", STORY, 60));
      operator.runUntil(events -> events.size() >= 20);
      state = operator.snapshot();
      operator.runUntilAnswered(1);
      before = operator.textOf("a");
    }
    try (OperatorHarness operator = new OperatorHarness(other, 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(1);
      assertThat(operator.textOf("a")).startsWith(before.substring(0, 30));
    }
  }
}
