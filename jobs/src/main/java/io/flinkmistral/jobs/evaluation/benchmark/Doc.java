package io.flinkmistral.jobs.evaluation.benchmark;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** A document of a published file. Its fields are read by their types; errors name the field. */
record Doc(JsonNode json) {
  String text(String field) {
    JsonNode node = node(field);
    if (!node.isString()) {
      throw wrong(field, "a text", node);
    }
    return node.stringValue();
  }

  /** A text, or a number as a text. */
  String word(String field) {
    JsonNode node = node(field);
    if (!node.isString() && !node.isIntegralNumber()) {
      throw wrong(field, "a text or a whole number", node);
    }
    return node.isString() ? node.stringValue() : node.toString();
  }

  boolean flag(String field) {
    JsonNode node = node(field);
    if (!node.isBoolean()) {
      throw wrong(field, "true or false", node);
    }
    return node.booleanValue();
  }

  /** A place from 0 among {@code count}. */
  int place(String field, int count) {
    String word = word(field);
    for (int i = 0; i < count; i++) {
      if (word.equals(String.valueOf(i))) {
        return i;
      }
    }
    throw wrong(field, "from 0 to %d".formatted(count - 1), node(field));
  }

  List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    for (Doc element : list(field)) {
      if (!element.json.isString()) {
        throw wrong(field, "a list of texts", element.json);
      }
      texts.add(element.json.stringValue());
    }
    return texts;
  }

  List<Doc> list(String field) {
    JsonNode node = node(field);
    if (!node.isArray() || node.isEmpty()) {
      throw wrong(field, "a list with an element or more", node);
    }
    return node.values().stream().map(Doc::new).toList();
  }

  Doc object(String field) {
    JsonNode node = node(field);
    if (!node.isObject()) {
      throw wrong(field, "an object", node);
    }
    return new Doc(node);
  }

  boolean has(String field) {
    return json.hasNonNull(field);
  }

  private JsonNode node(String field) {
    return Optional.ofNullable(json.get(field))
        .filter(node -> !node.isNull())
        .orElseThrow(() -> new InvalidRequestException(field, field + " is missing"));
  }

  private static InvalidRequestException wrong(String field, String wanted, JsonNode node) {
    return new InvalidRequestException(
        field, "%s must be %s, but is %s".formatted(field, wanted, Excerpt.of(node.toString())));
  }
}
