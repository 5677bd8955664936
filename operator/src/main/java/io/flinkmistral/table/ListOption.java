package io.flinkmistral.table;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask.Label;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Options that are lists: labels, stop texts. */
final class ListOption {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String LABELS = "labels";

  private ListOption() {}

  /** Labels with their descriptions, if they have any. */
  static List<Label> labels(String text) {
    String all = text.strip();
    if (all.startsWith("[")) {
      return texts(LABELS, all).stream().map(name -> new Label(name, "")).toList();
    }
    if (all.startsWith("{")) {
      return json(LABELS, all).properties().stream()
          .map(e -> new Label(e.getKey(), text(LABELS, e.getValue())))
          .toList();
    }
    return Stream.of(all.split(all.contains(";") ? ";" : ","))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .map(ListOption::label)
        .toList();
  }

  private static Label label(String part) {
    int colon = part.indexOf(':');
    return colon < 0
        ? new Label(part, "")
        : new Label(part.substring(0, colon).strip(), part.substring(colon + 1).strip());
  }

  /** Texts as a JSON list, or separated by commas. */
  static List<String> texts(String option, String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    if (!text.strip().startsWith("[")) {
      return List.of(text.split(","));
    }
    List<String> texts = new ArrayList<>();
    json(option, text).forEach(node -> texts.add(text(option, node)));
    return texts;
  }

  private static JsonNode json(String option, String text) {
    try {
      return JSON.readTree(text);
    } catch (JacksonException e) {
      throw new InvalidRequestException(
          option, "option %s is no JSON: %s".formatted(option, e.getOriginalMessage()));
    }
  }

  private static String text(String option, JsonNode node) {
    if (!node.isString()) {
      throw wrong(option, node);
    }
    return node.asString();
  }

  private static InvalidRequestException wrong(String option, JsonNode node) {
    return new InvalidRequestException(
        option,
        "option %s must have texts, but has %s".formatted(option, Excerpt.of(node.toString())));
  }
}
