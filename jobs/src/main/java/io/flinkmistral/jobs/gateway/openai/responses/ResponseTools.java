package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.BooleanNode;
import tools.jackson.databind.node.ObjectNode;

/** Definitions and choice of tools, as messages have them. */
final class ResponseTools {
  private static final String LATER = "tools are functions that the client calls";

  private ResponseTools() {}

  static Optional<ArrayNode> tools(Body body) {
    Optional<ArrayNode> list = body.takeList("tools");
    return list.map(
        definitions -> {
          ArrayNode tools = JsonRecord.empty().arrayNode();
          for (int i = 0; i < definitions.size(); i++) {
            tools.add(tool(body.element("tools", i, definitions.get(i))));
          }
          return tools;
        });
  }

  private static ObjectNode tool(Body definition) {
    requireFunction(definition);
    definition.refuse("async", LATER, BooleanNode.FALSE);
    definition.refuse("defer_loading", LATER, BooleanNode.FALSE);
    definition.refuse("allowed_callers", LATER);
    definition.refuse("output_schema", LATER);
    ObjectNode tool = JsonRecord.empty();
    tool.put("type", "function");
    ObjectNode function = tool.putObject("function");
    for (String name : new String[] {"name", "description", "parameters", "strict"}) {
      definition.take(name).ifPresent(value -> function.set(name, value));
    }
    definition.end();
    return tool;
  }

  private static void requireFunction(Body object) {
    String type = object.requiredText("type");
    if (!type.equals("function")) {
      throw object.wrong(
          "type", "must be \"function\", but is \"%s\": %s".formatted(Excerpt.of(type), LATER));
    }
  }

  static Optional<JsonNode> choice(Body body) {
    Optional<JsonNode> choice = body.take("tool_choice");
    if (choice.isEmpty() || !(choice.get() instanceof ObjectNode object)) {
      return choice;
    }
    Body named = new Body(object, body.pathOf("tool_choice"));
    requireFunction(named);
    ObjectNode chosen = JsonRecord.empty();
    chosen.put("type", "function");
    chosen.putObject("function").put("name", named.requiredText("name"));
    named.end();
    return Optional.of(chosen);
  }
}
