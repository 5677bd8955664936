package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** What an answer is to be held to, in the words of any of those that have words for it. */
final class ConstraintReader {
  /** What was found, and the field that says it. */
  private record Found(String field, OutputConstraint constraint) {}

  private final Fields request;
  private final boolean inPrompt;
  private final List<Found> found = new ArrayList<>();

  private ConstraintReader(Fields request) {
    this.request = request;
    this.inPrompt =
        request
            .object("structured_outputs")
            .filter(outputs -> outputs.node("in_prompt").isPresent())
            .map(outputs -> outputs.flag("in_prompt"))
            .orElse(true);
  }

  /**
   * @throws InvalidRequestException if a field is not what it should be, or several say what the
   *     answer must be
   */
  static Optional<OutputConstraint> read(Fields request) {
    ConstraintReader reader = new ConstraintReader(request);
    reader.readOpenAi();
    request.object("structured_outputs").ifPresent(reader::readVllm);
    reader.readOlder();
    return reader.only();
  }

  private Optional<OutputConstraint> only() {
    if (found.size() > 1) {
      throw new InvalidRequestException(
          found.get(1).field(),
          "%s says what the answer must be, and so does %s: leave one of them out"
              .formatted(found.get(1).field(), found.get(0).field()));
    }
    return found.stream().findFirst().map(Found::constraint);
  }

  private void readOpenAi() {
    Optional<Fields> format = request.object("response_format");
    if (format.isEmpty()) {
      return;
    }
    Fields fields = format.get().as(RequestFields.RESPONSE_FORMAT);
    String type = fields.requiredText("type");
    switch (type) {
      case "text" -> requireNone(fields, type, "json_schema", "schema");
      case "json_object" -> {
        requireNone(fields, type, "json_schema");
        // With a schema, as llama.cpp has it.
        add(
            fields.name("type"),
            schema(fields, "schema").orElse(new OutputConstraint.JsonObject()));
      }
      case "json_schema" -> {
        requireNone(fields, type, "schema");
        Fields named = fields.requiredObject("json_schema").as(RequestFields.JSON_SCHEMA);
        named.text("name");
        named.text("description");
        named.flag("strict"); // Answers are held to the schema in any case.
        add(
            named.name("schema"),
            schema(named, "schema").orElseThrow(() -> named.missing("schema")));
      }
      default ->
          throw fields.invalid(
              "type",
              "must be \"text\", \"json_object\" or \"json_schema\", but is \"%s\""
                  .formatted(Excerpt.of(type)));
    }
  }

  /** What belongs to another type would be passed over. */
  private static void requireNone(Fields format, String type, String... others) {
    for (String field : others) {
      if (format.node(field).isPresent()) {
        throw format.invalid(
            field, "cannot stand beside the type \"%s\": leave it out".formatted(type));
      }
    }
  }

  private void readVllm(Fields outputs) {
    outputs.as(RequestFields.STRUCTURED_OUTPUTS);
    addJson(outputs, "json");
    addChoice(outputs, "choice");
    addRegex(outputs, "regex");
    addGrammar(outputs, "grammar");
    if (outputs.flag("json_object")) {
      add(outputs.name("json_object"), new OutputConstraint.JsonObject());
    }
  }

  /** vLLM's words before structured_outputs, llama.cpp's, and Ollama's. */
  private void readOlder() {
    addJson(request, "guided_json");
    addChoice(request, "guided_choice");
    addRegex(request, "guided_regex");
    addGrammar(request, "guided_grammar");
    addGrammar(request, "grammar");
    addJson(request, "json_schema");
    Optional<JsonNode> format = request.node("format");
    if (format.filter(JsonNode::isString).isEmpty()) {
      addJson(request, "format");
    } else if (format.get().stringValue().equals("json")) {
      add("format", new OutputConstraint.JsonObject());
    } else if (!format.get().stringValue().isEmpty()) {
      throw request.invalid(
          "format", "must be \"json\" or a JSON schema, but is " + Fields.shown(format.get()));
    }
  }

  private void add(String field, OutputConstraint constraint) {
    found.add(new Found(field, constraint));
  }

  private void addJson(Fields fields, String field) {
    schema(fields, field).ifPresent(schema -> add(fields.name(field), schema));
  }

  private Optional<OutputConstraint> schema(Fields fields, String field) {
    return fields.schema(field).map(schema -> new OutputConstraint.JsonSchema(schema, inPrompt));
  }

  private void addChoice(Fields fields, String field) {
    if (fields.node(field).isPresent()) {
      add(fields.name(field), new OutputConstraint.Choice(fields.textList(field)));
    }
  }

  private void addRegex(Fields fields, String field) {
    fields
        .text(field)
        .ifPresent(pattern -> add(fields.name(field), new OutputConstraint.Regex(pattern)));
  }

  /** An empty one asks for nothing, as llama.cpp has it. */
  private void addGrammar(Fields fields, String field) {
    fields
        .text(field)
        .filter(grammar -> !grammar.isEmpty())
        .ifPresent(grammar -> add(fields.name(field), new OutputConstraint.Gbnf(grammar)));
  }
}
