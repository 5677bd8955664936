package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** One entry of {@code messages}. */
final class MessageReader {
  /** OpenAI's newer name of the role {@code system}. */
  private static final String DEVELOPER = "developer";

  private MessageReader() {}

  static ChatMessage read(Fields message) {
    Role role = role(message);
    message.as(role == Role.TOOL ? RequestFields.TOOL_MESSAGE : RequestFields.MESSAGE);
    List<ToolCall> calls =
        message.objects("tool_calls").stream().map(MessageReader::toolCall).toList();
    if (!calls.isEmpty() && role != Role.ASSISTANT) {
      throw message.invalid("tool_calls", "must stand in messages of the assistant only");
    }
    Optional<String> content = content(message);
    if (content.isEmpty() && calls.isEmpty()) {
      throw message.missing("content");
    }
    if (role != Role.TOOL && message.node("tool_call_id").isPresent()) {
      throw message.invalid("tool_call_id", "must stand in a tool's message only");
    }
    String callId = role == Role.TOOL ? message.requiredText("tool_call_id") : "";
    return new ChatMessage(role, content.orElse(""), calls, callId);
  }

  /** A text, or a list of parts whose texts follow one another. */
  private static Optional<String> content(Fields message) {
    if (!message.node("content").map(JsonNode::isArray).orElse(false)) {
      return message.text("content");
    }
    return Optional.of(
        message.objects("content").stream().map(MessageReader::part).collect(Collectors.joining()));
  }

  private static String part(Fields part) {
    String type = part.requiredText("type");
    if (!type.equals("text")) {
      throw part.invalid(
          "type",
          "must be text, which is all that the model reads, but is \"%s\""
              .formatted(Excerpt.of(type)));
    }
    return part.as(RequestFields.PART).requiredText("text");
  }

  private static Role role(Fields message) {
    String name = message.requiredText("role");
    if (name.equals(DEVELOPER)) {
      return Role.SYSTEM;
    }
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
    ToolReader.checkType(call.as(RequestFields.TOOL_CALL));
    Fields function = call.requiredObject("function").as(RequestFields.CALLED_FUNCTION);
    return new ToolCall(
        call.requiredText("id"), ToolReader.name(function), function.requiredText("arguments"));
  }
}
