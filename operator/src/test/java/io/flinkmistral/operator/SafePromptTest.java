package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import io.flinkmistral.protocol.TurnOptions;
import java.util.List;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Mistral's guardrail prompt, as it reaches the model. */
@Timeout(120)
class SafePromptTest {
  private static final ChatMessage SOFIA = new ChatMessage(Role.USER, "My name is Sofia.");
  private static final ChatMessage WHO = new ChatMessage(Role.USER, "Who am I?");
  private static final ChatMessage GUARDRAIL = new ChatMessage(Role.SYSTEM, SafePrompt.TEXT);

  private static Configuration always() {
    return options().set(MistralOptions.SAFE_PROMPT, "always");
  }

  private static CompletionRequest request(
      String id, String conversation, HistoryMode history, ChatMessage... messages) {
    return CompletionRequest.of(id, conversation)
        .messages(List.of(messages))
        .history(history)
        .maxTokens(12)
        .build();
  }

  private static CompletionEvent.Completed answer(
      OperatorHarness operator, CompletionRequest request) throws Exception {
    operator.send(request);
    operator.runUntil(_ -> operator.answers().containsKey(request.requestId()));
    return operator.completed(request.requestId());
  }

  /** Answers are those to requests with the same system message, and so is their usage. */
  @Test
  void theOptionPutsItBeforeEachRequestOfAConversationAndOfWholeDialogues() throws Exception {
    try (OperatorHarness safe = OperatorHarness.opened(always());
        OperatorHarness plain = OperatorHarness.opened(options())) {
      for (HistoryMode history : HistoryMode.values()) {
        String c = history.wireName();
        CompletionEvent.Completed first = answer(safe, request("1" + c, c, history, SOFIA));
        assertSame(first, answer(plain, request("1" + c, c, history, GUARDRAIL, SOFIA)));
        ChatMessage said = new ChatMessage(Role.ASSISTANT, first.text());
        CompletionRequest second =
            switch (history) {
              case APPEND -> request("2" + c, c, history, WHO);
              case FULL -> request("2" + c, c, history, SOFIA, said, WHO);
            };
        CompletionRequest same =
            switch (history) {
              case APPEND -> request("2" + c, c, history, GUARDRAIL, WHO);
              case FULL -> request("2" + c, c, history, GUARDRAIL, SOFIA, said, WHO);
            };
        assertSame(answer(safe, second), answer(plain, same));
      }
    }
  }

  private static void assertSame(CompletionEvent.Completed one, CompletionEvent.Completed other) {
    assertThat(one.text()).isEqualTo(other.text());
    assertThat(one.usage()).isEqualTo(other.usage());
  }

  @Test
  void itCountsInUsage() throws Exception {
    LanguageModel model = OperatorHarness.model(options());
    CompletionRequest plain = request("r", "c", HistoryMode.APPEND, SOFIA);
    int[] withIt = model.encodeTurn(true, SafePrompt.ALWAYS.applied(plain));
    try (OperatorHarness safe = OperatorHarness.opened(always())) {
      assertThat(answer(safe, plain).usage().promptTokens())
          .isEqualTo(withIt.length)
          .isGreaterThan(model.encodeTurn(true, plain).length + 20);
    }
  }

  @Test
  void aTextWithoutMessagesAndResultsOfToolsStayAsTheyAre() {
    CompletionRequest text =
        CompletionRequest.of("r", "c").prompt(new Prompt.Text("Once upon")).build();
    assertThat(SafePrompt.ALWAYS.applied(text)).isEqualTo(text);
    CompletionRequest result =
        request(
            "r", "c", HistoryMode.APPEND, new ChatMessage(Role.TOOL, "7", List.of(), "abcdefghi"));
    assertThat(SafePrompt.ALWAYS.applied(result)).isEqualTo(result);
    CompletionRequest plain = request("r", "c", HistoryMode.APPEND, SOFIA);
    assertThat(SafePrompt.ON_REQUEST.applied(plain)).isEqualTo(plain);
  }

  @Test
  void nothingStandsBeforeIt() throws Exception {
    LanguageModel model = OperatorHarness.model(options());
    CompletionRequest held =
        SafePrompt.ALWAYS.applied(
            request("r", "c", HistoryMode.APPEND, new ChatMessage(Role.SYSTEM, "Be brief."), SOFIA)
                .but()
                .constraint(new OutputConstraint.JsonSchema("{\"type\":\"integer\"}", true))
                .build());
    CompletionRequest instructed =
        held.but().turn(TurnOptions.DEFAULT.withInstructions(Optional.of("Never say no."))).build();
    for (CompletionRequest request : List.of(held, instructed)) {
      String told = model.tokenizer().decode(model.encodeTurn(true, request));
      assertThat(told).contains("integer", "Be brief.");
      assertThat(told.contains("Never say no.")).isEqualTo(request == instructed);
      int safe = told.indexOf(SafePrompt.TEXT);
      assertThat(safe).isNotNegative();
      for (String after : List.of("integer", "Be brief.", "Never say no.")) {
        assertThat(told.substring(0, safe)).doesNotContain(after);
      }
    }
  }
}
