package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** One entry of {@code messages}. */
final class MessageReader {
  private MessageReader() {}

  static ChatMessage read(Fields message) {
    Role role = role(message);
    List<ToolCall> calls =
        message.objects("tool_calls").stream().map(MessageReader::toolCall).toList();
    if (!calls.isEmpty() && role != Role.ASSISTANT) {
      throw message.invalid("tool_calls", "must stand in messages of the assistant only");
    }
    Optional<String> content = message.text("content");
    if (content.isEmpty() && calls.isEmpty()) {
      throw message.missing("content");
    }
    String callId = role == Role.TOOL ? message.requiredText("tool_call_id") : "";
    return new ChatMessage(role, content.orElse(""), calls, callId);
  }

  private static Role role(Fields message) {
    String name = message.requiredText("role");
    return Role.ofWireName(name)
        .orElseThrow(
            () ->
                message.invalid(
                    "role",
                    "must be one of %s, but is \"%s\"".formatted(roleNames(), Excerpt.of(name))));
  }

  private static String roleNames() {
    return Arrays.stream(Role.values()).map(Role::wireName).collect(Collectors.joining(", "));
  }

  private static ToolCall toolCall(Fields call) {
    Fields function =
        new Fields(
            call.node("function").orElseThrow(() -> call.missing("function")),
            call.name("function"));
    return new ToolCall(
        call.requiredText("id"), function.requiredText("name"), function.requiredText("arguments"));
  }
}
