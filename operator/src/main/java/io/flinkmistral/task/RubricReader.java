package io.flinkmistral.task;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.task.Rubric.Category;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A rubric as an option has it: the name of one that there is, or one's own as JSON.
 *
 * <pre>{@code
 * {"categories": {"spam": "advertises something", "rude": ""}}
 * {"acceptable": "positive", "categories": {"negative": ""},
 *  "instruction": "", "prompt": "Classify the sentiment: {{text}}"}
 * }</pre>
 */
public final class RubricReader {
  /** What may be written. */
  public static final String WORDS = "mistral, paper, or a rubric as JSON";

  private static final List<Rubric> NAMED = List.of(Rubric.MISTRAL, Rubric.PAPER);
  private static final Set<String> FIELDS =
      Set.of("acceptable", "categories", "instruction", "prompt");

  private RubricReader() {}

  /** The first one's name. */
  public static String defaultName() {
    return NAMED.getFirst().name();
  }

  /**
   * @throws InvalidRequestException where there is none of this name, or the JSON is no rubric
   */
  public static Rubric read(String text) {
    if (text.strip().startsWith("{")) {
      return own(json(text));
    }
    return NAMED.stream()
        .filter(rubric -> rubric.name().equals(text))
        .findFirst()
        .orElseThrow(() -> wrong("must be %s, but is %s".formatted(WORDS, Excerpt.of(text))));
  }

  /** Whether it can be read. */
  public static boolean canRead(String text) {
    try {
      read(text);
      return true;
    } catch (InvalidRequestException e) {
      return false;
    }
  }

  private static Rubric own(JsonNode json) {
    for (Map.Entry<String, JsonNode> field : json.properties()) {
      if (!FIELDS.contains(field.getKey())) {
        throw wrong(
            "has the unknown field \"%s\"%s"
                .formatted(
                    Excerpt.of(field.getKey()), NearestNames.question("", field.getKey(), FIELDS)));
      }
    }
    JsonNode listed = json.path("categories");
    if (!listed.isObject()) {
      throw wrong("must have categories, an object of names and what they mean");
    }
    List<Category> categories =
        listed.properties().stream()
            .map(field -> new Category(field.getKey(), text("categories", field.getValue())))
            .toList();
    Optional<String> acceptable = text(json, "acceptable");
    Rubric rubric =
        acceptable.isPresent()
            ? Rubric.classes("own", new Category(acceptable.get(), ""), categories)
            : Rubric.questions("own", categories);
    return rubric.telling(
        text(json, "instruction").orElse(rubric.instruction()),
        text(json, "prompt").orElse(rubric.prompt()));
  }

  private static Optional<String> text(JsonNode json, String field) {
    return Stream.ofNullable(json.get(field))
        .filter(value -> !value.isNull())
        .map(value -> text(field, value))
        .findFirst();
  }

  private static String text(String field, JsonNode value) {
    if (!value.isString()) {
      throw wrong(
          "must have texts in %s, but has %s".formatted(field, Excerpt.of(value.toString())));
    }
    return value.asString();
  }

  private static JsonNode json(String text) {
    try {
      return JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      throw wrong("is no JSON: " + e.getOriginalMessage());
    }
  }

  private static InvalidRequestException wrong(String what) {
    return new InvalidRequestException(Rubric.PARAMETER, "a rubric " + what);
  }
}
