package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.protocol.Excerpt;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An object of a request, whose fields are taken out of it one by one. What is null is not there.
 *
 * @param path of the object in the body; empty for the body itself
 */
record Body(ObjectNode json, String path) {
  String pathOf(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  ApiException wrong(String name, String what) {
    return ApiException.invalid(pathOf(name), "%s %s".formatted(pathOf(name), what));
  }

  /** Takes a field out. */
  Optional<JsonNode> take(String name) {
    return Optional.ofNullable(json.remove(name)).filter(node -> !node.isNull());
  }

  Optional<String> takeText(String name) {
    return take(name)
        .map(
            node -> {
              if (!node.isString()) {
                throw wrong(name, "must be a text");
              }
              return node.stringValue();
            });
  }

  String requiredText(String name) {
    return takeText(name).orElseThrow(() -> wrong(name, "is missing"));
  }

  Optional<Boolean> takeFlag(String name) {
    return take(name)
        .map(
            node -> {
              if (!node.isBoolean()) {
                throw wrong(name, "must be true or false");
              }
              return node.booleanValue();
            });
  }

  Optional<Body> takeObject(String name) {
    return take(name)
        .map(
            node -> {
              if (node instanceof ObjectNode object) {
                return new Body(object, pathOf(name));
              }
              throw wrong(name, "must be an object");
            });
  }

  Optional<ArrayNode> takeList(String name) {
    return take(name)
        .map(
            node -> {
              if (node instanceof ArrayNode list) {
                return list;
              }
              throw wrong(name, "must be a list");
            });
  }

  /** The element of a list, which must be an object. */
  Body element(String name, int index, JsonNode element) {
    String place = "%s[%d]".formatted(pathOf(name), index);
    if (element instanceof ObjectNode object) {
      return new Body(object, place);
    }
    throw ApiException.invalid(place, place + " must be an object");
  }

  /** Takes fields out that say nothing that counts here. */
  void passOver(String... names) {
    for (String name : names) {
      json.remove(name);
    }
  }

  /** Refuses a field, but for values that ask for nothing. */
  void refuse(String name, String why, JsonNode... nothing) {
    Optional<JsonNode> value = take(name);
    if (value.isPresent() && !Set.of(nothing).contains(value.get())) {
      throw wrong(name, "is not supported: " + why);
    }
  }

  /** Nothing else may be there. */
  void end() {
    for (String name : json.propertyNames()) {
      if (!json.get(name).isNull()) {
        throw ApiException.invalid(
            pathOf(Excerpt.of(name)), "%s is not supported".formatted(pathOf(Excerpt.of(name))));
      }
    }
  }
}
