package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.TurnOptions;
import io.flinkmistral.protocol.Usage;
import java.util.List;
import java.util.Optional;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Instructions are seen by their own turn, and by no later one. */
@Timeout(120)
class InstructionsTest {
  private static final String LONG_TEXT =
      "You are a guide of a zoo. You are a guide of a zoo. You are a guide of a zoo. Be brief.";
  private static final String LONG = LONG_TEXT.repeat(3);

  @Test
  void theirTurnIsAnsweredAsWithASystemMessage() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(instructed(request("a", "a", STORY), LONG));
      operator.send(
          CompletionRequest.of("b", "b")
              .messages(
                  List.of(new ChatMessage(Role.SYSTEM, LONG), new ChatMessage(Role.USER, STORY)))
              .build());
      operator.runUntilAnswered(2);
      assertThat(operator.textOf("a")).isEqualTo(operator.textOf("b"));
      assertThat(operator.completed("a").usage()).isEqualTo(operator.completed("b").usage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", LONG_TEXT})
  void theNextTurnDoesNotSeeThem(String text) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request("a1", "a", "My name is Sofia."));
      operator.send(instructed(request("a2", "a", "Spell the word bell."), text));
      operator.runUntilAnswered(2);
      OperatorSubtaskState state = operator.snapshot();
      operator.send(request("a3", "a", "Who am I?"));
      // The same turns, told by whoever has never seen them.
      operator.send(
          CompletionRequest.of("b", "b")
              .messages(
                  List.of(
                      new ChatMessage(Role.USER, "My name is Sofia."),
                      new ChatMessage(Role.ASSISTANT, operator.textOf("a1")),
                      new ChatMessage(Role.USER, "Spell the word bell."),
                      new ChatMessage(Role.ASSISTANT, operator.textOf("a2")),
                      new ChatMessage(Role.USER, "Who am I?")))
              .build());
      operator.runUntilAnswered(4);
      assertThat(operator.textOf("a3")).contains("Sofia").isEqualTo(operator.textOf("b"));
      Usage usage = operator.completed("a3").usage();
      assertThat(usage.promptTokens()).isEqualTo(operator.completed("b").usage().promptTokens());
      assertThat(usage.cachedTokens()).isPositive();
      try (OperatorHarness restored = new OperatorHarness(options(), 1, 0)) {
        restored.open(state);
        restored.send(request("a3", "a", "Who am I?"));
        restored.runUntilAnswered(1);
        assertThat(restored.textOf("a3")).isEqualTo(operator.textOf("a3"));
        assertThat(restored.completed("a3").usage()).isEqualTo(usage);
      }
    }
  }

  @Test
  void norDoesOneThatFollowsACancelledAnswer() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(instructed(sampled("a1", "a", STORY, 120), LONG));
      operator.runUntil(events -> events.size() >= 10);
      operator.send(new ControlRequest.Cancel("a1", "a", Optional.empty()));
      Usage cut = operator.completed("a1").usage();
      operator.send(request("a2", "a", "And then?"));
      operator.runUntilAnswered(2);
      OperatorSubtaskState state = operator.snapshot();
      operator.send(request("b1", "b", "And then?"));
      operator.runUntilAnswered(3);
      int plain = operator.completed("b1").usage().promptTokens();
      assertThat(operator.completed("a2").usage().promptTokens())
          .isLessThan(cut.totalTokens() + plain - LONG.length() / 10);
      operator.send(request("a3", "a", "And then?"));
      operator.runUntilAnswered(4);
      try (OperatorHarness restored = new OperatorHarness(options(), 1, 0)) {
        restored.open(state);
        restored.send(request("a3", "a", "And then?"));
        restored.runUntilAnswered(1);
        assertThat(restored.textOf("a3")).isEqualTo(operator.textOf("a3"));
        assertThat(restored.completed("a3").usage()).isEqualTo(operator.completed("a3").usage());
      }
    }
  }

  @Test
  void aSchemaThatIsShownIsOfItsTurnAloneToo() throws Exception {
    OutputConstraint schema =
        new OutputConstraint.JsonSchema("{\"type\":\"object\",\"properties\":{}}", true);
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(instructed(request("a1", "a", "Hi").but().constraint(schema).build(), ""));
      operator.runUntilAnswered(1);
      int with = operator.completed("a1").usage().totalTokens();
      operator.send(request("a2", "a", "Hi"));
      operator.send(request("b1", "b", "Hi"));
      operator.runUntilAnswered(3);
      int plain = operator.completed("b1").usage().promptTokens();
      assertThat(operator.completed("a2").usage().promptTokens()).isLessThan(with + plain - 10);
    }
  }

  @Test
  void theyNeedMessagesThatAreNew() {
    CompletionRequest request = request("r", "c", "Hi");
    assertThatThrownBy(
            () -> instructed(request.but().history(HistoryMode.FULL).build(), "Be brief."))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("history");
    assertThatThrownBy(
            () -> instructed(request.but().prompt(new Prompt.Text("Hi")).build(), "Be brief."))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("prompt");
  }

  private static CompletionRequest instructed(CompletionRequest request, String text) {
    return request.but().turn(TurnOptions.DEFAULT.withInstructions(Optional.of(text))).build();
  }
}
