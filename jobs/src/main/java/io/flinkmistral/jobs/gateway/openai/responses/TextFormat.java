package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.json.JsonRecord;
import io.flinkmistral.protocol.Excerpt;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.databind.node.StringNode;

/** What the answer's text must be, as messages have it. */
final class TextFormat {
  private TextFormat() {}

  static Optional<ObjectNode> read(Body body) {
    Optional<Body> text = body.takeObject("text");
    Optional<ObjectNode> format = text.flatMap(t -> t.takeObject("format").map(TextFormat::format));
    text.ifPresent(
        t -> {
          t.refuse(
              "verbosity",
              "ask for it in words, or set max_output_tokens",
              StringNode.valueOf("medium"));
          t.end();
        });
    return format;
  }

  private static ObjectNode format(Body format) {
    String type = format.requiredText("type");
    ObjectNode read = JsonRecord.empty();
    read.put("type", type);
    switch (type) {
      case "text", "json_object" -> {}
      case "json_schema" -> {
        ObjectNode schema = read.putObject("json_schema");
        schema.put("name", format.requiredText("name"));
        for (String name : new String[] {"description", "strict", "schema"}) {
          format.take(name).ifPresent(value -> schema.set(name, value));
        }
        if (!schema.has("schema")) {
          throw format.wrong("schema", "is missing");
        }
      }
      default ->
          throw format.wrong(
              "type",
              "must be text, json_object or json_schema, but is \"%s\""
                  .formatted(Excerpt.of(type)));
    }
    format.end();
    return read;
  }
}
