package io.flinkmistral.template.dialogue;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.template.dialogue.PythonJson.Elements;
import io.flinkmistral.template.dialogue.PythonJson.Members;
import io.flinkmistral.template.dialogue.PythonJson.Text;
import io.flinkmistral.template.dialogue.PythonJson.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The JSON that templates with tools hold: definitions of tools, calls and results. */
public final class ToolJson {
  private ToolJson() {}

  /**
   * The tools as a list, each with these fields in this order, whatever else it brings: {@code
   * {"type": "function", "function": {"name": ..., "description": ..., "parameters": ...}}}. A
   * description that is absent is empty, and so are parameters.
   */
  public static String definitions(List<String> tools) {
    List<Value> definitions = new ArrayList<>();
    for (String tool : tools) {
      definitions.add(definition(definitions.size(), tool));
    }
    return PythonJson.write(new Elements(definitions));
  }

  private static Value definition(int index, String tool) {
    if (!(PythonJson.read(tool).orElse(PythonJson.NULL) instanceof Members fields)) {
      throw wrong(index, "is not a JSON object: '%s'".formatted(shown(tool)));
    }
    Value type = present(fields, "type").orElse(new Text("function"));
    if (!type.equals(new Text("function"))) {
      throw wrong(
          index,
          "has the type %s; only \"function\" is supported"
              .formatted(shown(PythonJson.write(type))));
    }
    if (!(present(fields, "function").orElse(PythonJson.NULL) instanceof Members function)) {
      throw wrong(index, "must have a field function, a JSON object");
    }
    if (!(present(function, "name").orElse(PythonJson.NULL) instanceof Text name)
        || name.text().isEmpty()) {
      throw wrong(index, "must have a field function.name, a text");
    }
    Value description = present(function, "description").orElse(new Text(""));
    if (!(description instanceof Text)) {
      throw wrong(index, "has a field function.description that is no text");
    }
    Value parameters = present(function, "parameters").orElse(new Members(Map.of()));
    if (!(parameters instanceof Members)) {
      throw wrong(index, "has a field function.parameters that is no JSON object");
    }
    return members(
        "type",
        type,
        "function",
        members("name", name, "description", description, "parameters", parameters));
  }

  /** Calls with their ids; one that has none is written without. */
  static String calls(List<ToolCall> calls) {
    List<Value> values = new ArrayList<>();
    for (ToolCall call : calls) {
      Map<String, Value> fields = callFields(call);
      if (!call.id().isEmpty()) {
        requireCallId("a call of the tool '" + shown(call.name()) + "'", call.id());
        fields.put("id", new Text(call.id()));
      }
      values.add(new Members(fields));
    }
    return PythonJson.write(new Elements(values));
  }

  /** Calls as template v2 has them. */
  static String callsWithoutIds(List<ToolCall> calls) {
    List<Value> values = new ArrayList<>();
    for (ToolCall call : calls) {
      values.add(new Members(callFields(call)));
    }
    return PythonJson.write(new Elements(values));
  }

  private static Map<String, Value> callFields(ToolCall call) {
    Map<String, Value> fields = new LinkedHashMap<>();
    fields.put("name", new Text(call.name()));
    fields.put("arguments", valueOrText(call.arguments()));
    return fields;
  }

  static String result(Dialogue.ToolResult result) {
    return PythonJson.write(
        members("content", valueOrText(result.content()), "call_id", new Text(callId(result))));
  }

  /** The id of the call that a result is of. */
  public static String callId(Dialogue.ToolResult result) {
    requireCallId("a tool's result", result.callId());
    return result.callId();
  }

  /** A result as template v2 has it; a function that is not known is null. */
  static String resultOfFunction(Dialogue.ToolResult result) {
    Value name = result.function().<Value>map(Text::new).orElse(PythonJson.NULL);
    return PythonJson.write(
        new Elements(List.of(members("name", name, "content", valueOrText(result.content())))));
  }

  /** A result as it was written; its content is a text, or JSON. */
  public static ChatMessage readResult(String json) {
    Value value = PythonJson.read(json).orElse(PythonJson.NULL);
    Value one =
        value instanceof Elements(List<Value> elements) && elements.size() == 1
            ? elements.getFirst()
            : value;
    return one instanceof Members fields && fields.values().containsKey("content")
        ? new ChatMessage(
            Role.TOOL,
            textOf(fields.values().get("content")),
            List.of(),
            present(fields, "call_id").map(ToolJson::textOf).orElse(""))
        : new ChatMessage(Role.TOOL, json);
  }

  private static String textOf(Value value) {
    return value instanceof Text(String text) ? text : PythonJson.write(value);
  }

  /** Nothing at all is an empty object. */
  private static Value valueOrText(String text) {
    return text.isEmpty()
        ? new Members(Map.of())
        : PythonJson.read(text).orElseGet(() -> new Text(text));
  }

  private static Optional<Value> present(Members fields, String name) {
    return Optional.ofNullable(fields.values().get(name)).filter(v -> !v.equals(PythonJson.NULL));
  }

  /** Names and values in turn. */
  private static Members members(Object... namesAndValues) {
    Map<String, Value> members = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      members.put((String) namesAndValues[i], (Value) namesAndValues[i + 1]);
    }
    return new Members(members);
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
              .formatted(where, shown(id)));
    }
  }

  private static InvalidRequestException wrong(int index, String what) {
    return new InvalidRequestException("tools", "tool %d %s".formatted(index, what));
  }

  private static String shown(String text) {
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }
}
