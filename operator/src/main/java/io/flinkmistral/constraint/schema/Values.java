package io.flinkmistral.constraint.schema;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/** The words of one schema, read by their types. */
final class Values {
  /** Of a decimal exponent. */
  static final int MAX_EXPONENT = 400;

  private final JsonNode schema;
  private final Place place;

  Values(JsonNode schema, Place place) {
    this.schema = schema;
    this.place = place;
  }

  Optional<JsonNode> find(String word) {
    return Optional.ofNullable(schema.get(word));
  }

  boolean has(String word) {
    return schema.has(word);
  }

  Place place(String word) {
    return place.in(word);
  }

  /** Absent where the word is. */
  OptionalInt count(String word) {
    Optional<BigDecimal> number = number(word);
    if (number.isEmpty()) {
      return OptionalInt.empty();
    }
    BigDecimal value = number.get();
    if (value.signum() < 0 || value.stripTrailingZeros().scale() > 0) {
      throw wrong(word, "an integer of 0 or more");
    }
    return OptionalInt.of(value.min(BigDecimal.valueOf(Integer.MAX_VALUE)).intValue());
  }

  /** Whether arithmetic with it takes too many digits. */
  static boolean isBeyond(BigDecimal value) {
    return value.signum() != 0
        && (Math.abs((long) value.precision() - value.scale()) > MAX_EXPONENT
            || value.scale() > MAX_EXPONENT);
  }

  Optional<BigDecimal> number(String word) {
    return find(word)
        .map(
            node -> {
              if (!node.isNumber()) {
                throw wrong(word, "a number");
              }
              BigDecimal value = node.decimalValue();
              if (isBeyond(value)) {
                throw place(word).refused("has an exponent beyond %d".formatted(MAX_EXPONENT));
              }
              return value;
            });
  }

  Optional<String> text(String word) {
    return find(word)
        .map(
            node -> {
              if (!node.isString()) {
                throw wrong(word, "a text");
              }
              return node.stringValue();
            });
  }

  boolean flag(String word) {
    return find(word)
        .map(
            node -> {
              if (!node.isBoolean()) {
                throw wrong(word, "true or false");
              }
              return node.booleanValue();
            })
        .orElse(false);
  }

  /** Of texts. */
  List<String> texts(String word) {
    return find(word).map(node -> texts(node, word)).orElse(List.of());
  }

  List<String> texts(JsonNode node, String word) {
    List<String> texts = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(text -> texts.add(text.isString() ? text.stringValue() : null));
    }
    if (!node.isArray() || texts.contains(null)) {
      throw wrong(word, "a list of texts");
    }
    return texts;
  }

  /** How many schemas there are in a list. */
  int schemas(String word) {
    return find(word)
        .map(
            node -> {
              if (!node.isArray() || node.isEmpty()) {
                throw wrong(word, "a list of at least one schema");
              }
              return node.size();
            })
        .orElse(0);
  }

  /** Members of an object, empty where the word is absent. */
  Iterable<Map.Entry<String, JsonNode>> members(String word) {
    Iterator<Map.Entry<String, JsonNode>> members =
        find(word)
            .map(
                node -> {
                  if (!node.isObject()) {
                    throw wrong(word, "an object");
                  }
                  return node.properties().iterator();
                })
            .orElse(Collections.emptyIterator());
    return () -> members;
  }

  InvalidRequestException wrong(String word, String allowed) {
    return place(word)
        .refused(
            "must be %s, but is %s".formatted(allowed, Excerpt.of(schema.get(word).toString())));
  }
}
