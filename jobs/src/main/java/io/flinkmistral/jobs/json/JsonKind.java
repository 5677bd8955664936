package io.flinkmistral.jobs.json;

import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** What type a JSON value has. */
enum JsonKind {
  TEXT("a text", JsonNode::isString),
  NUMBER("a number", JsonNode::isNumber),
  FLAG("true or false", JsonNode::isBoolean),
  OBJECT("an object", JsonNode::isObject),
  LIST("a list", JsonNode::isArray),
  ANY("a value", node -> true);

  private final String words;
  private final Predicate<JsonNode> matches;

  JsonKind(String words, Predicate<JsonNode> matches) {
    this.words = words;
    this.matches = matches;
  }

  boolean matches(JsonNode node) {
    return matches.test(node);
  }

  @Override
  public String toString() {
    return words;
  }
}
