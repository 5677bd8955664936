package io.flinkmistral.template.dialogue;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import java.util.ArrayList;
import java.util.List;

/**
 * Tools in words, for a template that knows none: their definitions are a system message before all
 * others, calls are the answer's text, and results are a user's.
 */
public final class ToolTexts {
  private static final String DEFINITIONS =
      """
      You can call tools. To do so, answer with nothing but a JSON list of calls, such as \
      [{"name": "NAME", "arguments": {}}]; the next message then has their results. Else answer in \
      words. These are the tools, each with the JSON schema of its arguments:
      """;

  private static final String RESULTS = "Results of tools:\n";

  private ToolTexts() {}

  public static List<ChatMessage> of(List<ChatMessage> messages, List<String> tools) {
    List<ChatMessage> texts = new ArrayList<>();
    int safe = !messages.isEmpty() && SafePrompt.is(messages.getFirst()) ? 1 : 0;
    texts.addAll(messages.subList(0, safe)); // Nothing stands before it.
    if (!tools.isEmpty()) {
      texts.add(new ChatMessage(Role.SYSTEM, DEFINITIONS + ToolJson.definitions(tools)));
    }
    OpenCalls open = new OpenCalls();
    boolean inResults = false;
    for (ChatMessage message : messages.subList(safe, messages.size())) {
      boolean isResult = message.role() == Role.TOOL;
      if (isResult) {
        String result = result(message, open);
        String before = inResults ? texts.removeLast().content() + "\n" : RESULTS;
        texts.add(new ChatMessage(Role.USER, before + result));
      } else {
        texts.add(withCallsAsText(message));
        open.add(message.toolCalls());
      }
      inResults = isResult;
    }
    return texts;
  }

  private static String result(ChatMessage message, OpenCalls open) {
    String id = message.toolCallId();
    return ToolJson.resultOfFunction(
        new Dialogue.ToolResult(message.content(), id, open.functionOf(id)));
  }

  private static ChatMessage withCallsAsText(ChatMessage message) {
    if (message.toolCalls().isEmpty()) {
      return message;
    }
    String calls = ToolJson.callsWithoutIds(message.toolCalls());
    return new ChatMessage(
        message.role(), message.content().isEmpty() ? calls : message.content() + "\n\n" + calls);
  }
}
