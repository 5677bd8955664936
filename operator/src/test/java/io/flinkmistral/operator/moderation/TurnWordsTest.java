package io.flinkmistral.operator.moderation;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TurnWordsTest {
  private static final ChatMessage SYSTEM = new ChatMessage(Role.SYSTEM, "s");
  private static final ChatMessage FIRST = new ChatMessage(Role.USER, "one");
  private static final ChatMessage ANSWER = new ChatMessage(Role.ASSISTANT, "answer");
  private static final ChatMessage SECOND = new ChatMessage(Role.USER, "two");
  private static final ChatMessage RESULT = new ChatMessage(Role.TOOL, "{}", List.of(), "id");

  private static CompletionRequest of(
      HistoryMode history, boolean continued, ChatMessage... messages) {
    return CompletionRequest.of("r", "c")
        .prompt(new Prompt.Chat(List.of(messages), List.of(), continued))
        .history(history)
        .build();
  }

  @Test
  void ofAPromptTheUsersNewMessagesAreJudged() {
    assertThat(TurnWords.ofPrompt(of(HistoryMode.APPEND, false, SYSTEM, FIRST, SECOND)))
        .isEqualTo("one\n\ntwo");
    assertThat(TurnWords.ofPrompt(of(HistoryMode.APPEND, false, FIRST, ANSWER, SECOND)))
        .as("all of it is new")
        .isEqualTo("one\n\ntwo");
    assertThat(TurnWords.ofPrompt(of(HistoryMode.FULL, false, FIRST, ANSWER, SECOND, SECOND)))
        .isEqualTo("two\n\ntwo");
    assertThat(TurnWords.ofPrompt(of(HistoryMode.FULL, true, FIRST, ANSWER, SECOND, ANSWER)))
        .isEqualTo("two");
    assertThat(TurnWords.ofPrompt(of(HistoryMode.FULL, false, FIRST))).isEqualTo("one");
    assertThat(TurnWords.ofPrompt(of(HistoryMode.APPEND, false, RESULT))).isEmpty();
    assertThat(
            TurnWords.ofPrompt(
                CompletionRequest.of("r", "c").prompt(new Prompt.Text("Once")).build()))
        .isEqualTo("Once");
  }

  @Test
  void ofAnAnswerAllIsJudgedThatItSaysAndCalls() {
    CompletionRequest request = of(HistoryMode.APPEND, false, FIRST);
    assertThat(TurnWords.ofAnswer(request, new Answer("Hi", FinishReason.STOP))).isEqualTo("Hi");
    List<ToolCall> calls =
        List.of(new ToolCall("1", "mail", "{\"to\": \"Ben\"}"), new ToolCall("2", "end", "{}"));
    assertThat(
            TurnWords.ofAnswer(
                request, new Answer("", calls, FinishReason.TOOL_CALLS, Optional.empty())))
        .isEqualTo("mail {\"to\": \"Ben\"}\n\nend {}");
    assertThat(
            TurnWords.ofAnswer(
                of(HistoryMode.APPEND, true, FIRST, ANSWER), new Answer("ed", FinishReason.STOP)))
        .isEqualTo("answered");
  }
}
