package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SafePrompt;
import io.flinkmistral.protocol.ToolUse;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What a request brings: messages, or a text. */
final class PromptReader {
  private static final String CONTINUE = "continue_final_message";
  private static final String PARALLEL = "parallel_tool_calls";
  private static final String SAFE_PROMPT = "safe_prompt";
  private static final String GENERATION_PROMPT = "add_generation_prompt";

  private PromptReader() {}

  static Prompt read(Fields fields) {
    Optional<String> text = fields.text("prompt");
    return text.isPresent() ? text(fields, text.get()) : chat(fields);
  }

  private static Prompt text(Fields fields, String text) {
    for (String field : List.of("messages", "tools")) {
      if (!fields.node(field).map(JsonNode::isEmpty).orElse(true)) {
        throw fields.invalid(
            field, "stands beside prompt, which is a text without messages: leave one of them out");
      }
    }
    if (ToolChoiceReader.read(fields).asksForCall()) {
      throw fields.invalid("tool_choice", "asks for a call, which a prompt has no tools for");
    }
    if (fields.flag(CONTINUE)) {
      throw fields.invalid(CONTINUE, "needs messages: a prompt is always gone on with");
    }
    if (fields.flag(SAFE_PROMPT)) {
      throw fields.invalid(SAFE_PROMPT, "needs messages: a prompt is taken as it is");
    }
    return new Prompt.Text(text);
  }

  private static Prompt chat(Fields fields) {
    if (fields.node("messages").isEmpty()) {
      throw fields.missing("messages");
    }
    List<Fields> objects = fields.objects("messages");
    List<ChatMessage> messages = objects.stream().map(MessageReader::read).toList();
    boolean begun = isBegun(fields) | isPrefixed(objects, messages);
    if (begun && !isText(messages.getLast())) {
      throw fields.invalid(CONTINUE, "needs a last message of the assistant, which is a text");
    }
    Prompt.Chat chat =
        new Prompt.Chat(
            messages,
            fields.objects("tools").stream().map(ToolReader::read).toList(),
            new ToolUse(ToolChoiceReader.read(fields), isParallel(fields)),
            begun);
    return fields.flag(SAFE_PROMPT) ? SafePrompt.before(chat) : chat;
  }

  private static boolean isParallel(Fields fields) {
    return fields.node(PARALLEL).isEmpty() || fields.flag(PARALLEL);
  }

  /** As vLLM says it, whose other field is the opposite. */
  private static boolean isBegun(Fields fields) {
    boolean begun = fields.flag(CONTINUE);
    boolean generationPrompt = fields.flag(GENERATION_PROMPT);
    if (fields.node(GENERATION_PROMPT).isPresent() && begun == generationPrompt) {
      throw fields.invalid(
          GENERATION_PROMPT,
          "must be %s beside continue_final_message: %s".formatted(!begun, begun));
    }
    return begun;
  }

  /** As Mistral's own service says it. */
  private static boolean isPrefixed(List<Fields> objects, List<ChatMessage> messages) {
    boolean prefixed = false;
    for (int i = 0; i < objects.size(); i++) {
      prefixed = objects.get(i).flag("prefix");
      if (prefixed && (i < objects.size() - 1 || !isText(messages.get(i)))) {
        throw objects
            .get(i)
            .invalid("prefix", "can be true on the last message alone, a text of the assistant");
      }
    }
    return prefixed;
  }

  private static boolean isText(ChatMessage message) {
    return message.role() == Role.ASSISTANT
        && message.toolCalls().isEmpty()
        && !message.content().isEmpty();
  }
}
