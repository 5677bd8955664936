package io.flinkmistral.tokenizer;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.ToolCall;
import java.util.ArrayList;
import java.util.List;

/** The JSON that template v3 holds: definitions of tools, calls and results. */
final class ToolJson {
  private ToolJson() {}

  /** The tools as a list, each as it was given but for the spacing. */
  static String definitions(List<String> tools) {
    List<String> spaced = new ArrayList<>();
    for (String tool : tools) {
      if (!tool.stripLeading().startsWith("{")) {
        throw badDefinition(spaced.size(), tool);
      }
      spaced.add(SpacedJson.of(tool).orElseThrow(() -> badDefinition(spaced.size(), tool)));
    }
    return "[" + String.join(", ", spaced) + "]";
  }

  static String calls(List<ToolCall> calls) {
    List<String> texts = new ArrayList<>();
    for (ToolCall call : calls) {
      requireCallId("a call of the tool '" + call.name() + "'", call.id());
      texts.add(
          "{\"name\": %s, \"arguments\": %s, \"id\": %s}"
              .formatted(
                  SpacedJson.quoted(call.name()),
                  valueOrString(call.arguments()),
                  SpacedJson.quoted(call.id())));
    }
    return "[" + String.join(", ", texts) + "]";
  }

  static String result(Dialogue.ToolResult result) {
    requireCallId("a tool's result", result.callId());
    return "{\"content\": %s, \"call_id\": %s}"
        .formatted(valueOrString(result.content()), SpacedJson.quoted(result.callId()));
  }

  private static String valueOrString(String text) {
    return SpacedJson.of(text).orElseGet(() -> SpacedJson.quoted(text));
  }

  /** Nine letters or digits: the ids that the model was trained on. */
  private static void requireCallId(String where, String id) {
    if (id.isEmpty()) {
      throw new InvalidRequestException(
          "messages", where + " has no id: repeat the id that the assistant's call has");
    }
    if (!id.matches("[A-Za-z0-9]{9}")) {
      throw new InvalidRequestException(
          "messages",
          "%s has the id '%s': use nine letters or digits, such as 'a1B2c3D4e'"
              .formatted(where, id));
    }
  }

  private static InvalidRequestException badDefinition(int index, String tool) {
    return new InvalidRequestException(
        "tools",
        "tool %d is not a JSON object: '%s'"
            .formatted(index, tool.length() > 80 ? tool.substring(0, 80) + "…" : tool));
  }
}
