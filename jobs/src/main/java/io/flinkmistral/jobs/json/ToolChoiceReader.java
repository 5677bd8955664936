package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.ToolChoice;
import tools.jackson.databind.JsonNode;

/**
 * {@code tool_choice}: a word, or {@code {"type": "function", "function": {"name": ...}}}.
 * Mistral's own service says {@code any} for {@code required}.
 */
final class ToolChoiceReader {
  private static final String FIELD = "tool_choice";

  private ToolChoiceReader() {}

  static ToolChoice read(Fields fields) {
    return fields.node(FIELD).filter(JsonNode::isObject).isPresent()
        ? function(fields)
        : fields.text(FIELD).map(word -> choice(word, fields)).orElse(ToolChoice.AUTO);
  }

  private static ToolChoice choice(String word, Fields fields) {
    return switch (word) {
      case "auto" -> ToolChoice.AUTO;
      case "none" -> new ToolChoice.None();
      case "required", "any" -> new ToolChoice.Required();
      default ->
          throw fields.invalid(
              FIELD,
              "must be \"auto\", \"none\", \"required\", or an object that names a function, but is \"%s\""
                  .formatted(Excerpt.of(word)));
    };
  }

  private static ToolChoice function(Fields fields) {
    Fields choice = fields.requiredObject(FIELD).as(RequestFields.TOOL_CHOICE);
    ToolReader.checkType(choice);
    return new ToolChoice.Function(
        ToolReader.name(choice.requiredObject("function").as(RequestFields.CHOSEN_FUNCTION)));
  }
}
