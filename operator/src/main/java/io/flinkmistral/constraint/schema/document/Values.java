package io.flinkmistral.constraint.schema.document;

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
public final class Values {
  /** Of a decimal exponent. */
  static final int MAX_EXPONENT = 400;

  private final JsonNode schema;
  private final Place place;

  public Values(JsonNode schema, Place place) {
    this.schema = schema;
    this.place = place;
  }

  public Optional<JsonNode> find(String word) {
    return Optional.ofNullable(schema.get(word));
  }

  public boolean has(String word) {
    return schema.has(word);
  }

  public Place place(String word) {
    return place.in(word);
  }

  /** Absent where the word is. */
  public OptionalInt count(String word) {
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

  public Optional<BigDecimal> number(String word) {
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

  public Optional<String> text(String word) {
    return find(word)
        .map(
            node -> {
              if (!node.isString()) {
                throw wrong(word, "a text");
              }
              return node.stringValue();
            });
  }

  public boolean flag(String word) {
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
  public List<String> texts(String word) {
    return find(word).map(node -> texts(node, word)).orElse(List.of());
  }

  public List<String> texts(JsonNode node, String word) {
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
  public int schemas(String word) {
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
  public Iterable<Map.Entry<String, JsonNode>> members(String word) {
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

  public InvalidRequestException wrong(String word, String allowed) {
    return place(word)
        .refused(
            "must be %s, but is %s".formatted(allowed, Excerpt.of(schema.get(word).toString())));
  }
}
