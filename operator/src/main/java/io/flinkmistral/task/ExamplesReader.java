package io.flinkmistral.task;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Reads examples of a classification: {@code [{"text": "It crashes", "label": "bug"}]}, with the
 * columns of the prompt; {@code labels} with a list where a row has any number of labels.
 */
public final class ExamplesReader {
  private static final String LABEL = "label";
  private static final String LABELS = "labels";

  /** The option that they are of. */
  private final String option;

  private ExamplesReader(String option) {
    this.option = option;
  }

  /**
   * @param option that the text is of, for messages
   * @param text JSON; none where it is blank
   * @throws InvalidRequestException where it is no JSON, or has other things
   */
  public static List<Example> read(String option, String text) {
    return text.isBlank() ? List.of() : new ExamplesReader(option).list(text);
  }

  private List<Example> list(String text) {
    JsonNode list = json(text);
    if (!list.isArray()) {
      throw wrong(
          "must be a JSON list of objects, but is %s".formatted(Excerpt.of(list.toString())));
    }
    List<Example> examples = new ArrayList<>();
    list.forEach(node -> examples.add(example(node)));
    return examples;
  }

  private JsonNode json(String text) {
    try {
      return JsonMapper.shared().readTree(text);
    } catch (JacksonException e) {
      throw wrong("is no JSON: " + e.getOriginalMessage());
    }
  }

  private Example example(JsonNode node) {
    if (!node.isObject() || node.has(LABEL) == node.has(LABELS)) {
      throw wrong(
          "must be a JSON list of objects with columns of the prompt and either label or labels,"
              + " but has "
              + Excerpt.of(node.toString()));
    }
    Map<String, String> columns = new TreeMap<>();
    List<String> labels = new ArrayList<>();
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      switch (field.getKey()) {
        case LABEL -> labels.add(text(field.getValue()));
        case LABELS -> labels.addAll(texts(field.getValue()));
        default -> columns.put(field.getKey(), text(field.getValue()));
      }
    }
    return new Example(columns, labels);
  }

  private List<String> texts(JsonNode node) {
    if (!node.isArray()) {
      throw new InvalidRequestException(
          option,
          "labels of an example are a JSON list, but one has %s; a single one is its label"
              .formatted(Excerpt.of(node.toString())));
    }
    return node.valueStream().map(this::text).toList();
  }

  private String text(JsonNode node) {
    if (!node.isString()) {
      throw wrong("must have texts, but has %s".formatted(Excerpt.of(node.toString())));
    }
    return node.asString();
  }

  private InvalidRequestException wrong(String what) {
    return new InvalidRequestException(option, "option %s %s".formatted(option, what));
  }
}
