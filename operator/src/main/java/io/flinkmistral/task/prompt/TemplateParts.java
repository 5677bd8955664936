package io.flinkmistral.task.prompt;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * A template, read: constant texts, and columns between them.
 *
 * <pre>
 *   Classify: {{text}}       a column
 *   {{ subject }}            spaces around its name do not count
 *   {{'{{'}}                 the text in the quotes, as it is
 * </pre>
 */
public record TemplateParts(List<Part> parts) {
  private static final String OPEN = "{{";
  private static final String CLOSE = "}}";
  private static final String LITERAL = "{{'";
  private static final String END_OF_LITERAL = "'}}";

  sealed interface Part {}

  record Constant(String text) implements Part {}

  record Column(String name) implements Part {}

  /**
   * @param what the text is, for messages
   * @throws InvalidRequestException where braces have no end or no name in them
   */
  public static TemplateParts read(String what, String text) {
    List<Part> parts = new ArrayList<>();
    int from = 0;
    for (int open = text.indexOf(OPEN); open >= 0; open = text.indexOf(OPEN, from)) {
      parts.add(new Constant(text.substring(from, open)));
      boolean literal = text.startsWith(LITERAL, open);
      String end = literal ? END_OF_LITERAL : CLOSE;
      int begin = open + (literal ? LITERAL : OPEN).length();
      int close = text.indexOf(end, begin);
      if (close < 0) {
        throw new InvalidRequestException(
            what,
            "%s has %s at character %d, and no %s after it; where braces are meant as they are, write {{'{{'}}"
                .formatted(what, literal ? LITERAL : OPEN, open, end));
      }
      String inside = text.substring(begin, close);
      parts.add(literal ? new Constant(inside) : new Column(name(what, inside, open)));
      from = close + end.length();
    }
    parts.add(new Constant(text.substring(from)));
    return new TemplateParts(List.copyOf(parts));
  }

  private static String name(String what, String inside, int open) {
    String name = inside.strip();
    if (name.isEmpty() || name.contains("{") || name.contains("}")) {
      throw new InvalidRequestException(
          what,
          "%s names no column at character %d: there is {{%s}}"
              .formatted(what, open, Excerpt.of(inside)));
    }
    return name;
  }

  /** The columns' names, each once, in the order in which they come first. */
  public List<String> columns() {
    LinkedHashSet<String> names = new LinkedHashSet<>();
    for (Part part : parts) {
      if (part instanceof Column(String name)) {
        names.add(name);
      }
    }
    return List.copyOf(names);
  }

  /** The template with this column in place of each. */
  public String withColumn(String name) {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Constant(String constant) ->
            text.append(constant.replace(OPEN, LITERAL + OPEN + END_OF_LITERAL));
        case Column _ -> text.append(OPEN).append(name).append(CLOSE);
      }
    }
    return text.toString();
  }

  /** What stands before the first column. */
  String constantPrefix() {
    StringBuilder prefix = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Constant(String text) -> prefix.append(text);
        case Column _ -> {
          return prefix.toString();
        }
      }
    }
    return prefix.toString();
  }

  /** The text with the columns' values, which are not read as a template. */
  public String fill(Map<String, String> values) {
    StringBuilder filled = new StringBuilder();
    for (Part part : parts) {
      switch (part) {
        case Constant(String text) -> filled.append(text);
        case Column(String name) -> filled.append(values.get(name));
      }
    }
    return filled.toString();
  }
}
