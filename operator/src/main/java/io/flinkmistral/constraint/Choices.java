package io.flinkmistral.constraint;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** An answer that is one of some texts. */
public final class Choices {
  static final int MAX_TEXTS = 10_000;
  static final int MAX_CHARACTERS = 256 << 10;

  private Choices() {}

  /**
   * @param parameter the request's field, for messages
   */
  public static Grammar of(List<String> texts, String parameter) {
    Place place = Place.of(parameter);
    if (texts.isEmpty()) {
      throw place.refused("must have at least one text");
    }
    if (texts.size() > MAX_TEXTS) {
      throw place.refused(
          "has %,d texts, but at most %,d are allowed".formatted(texts.size(), MAX_TEXTS));
    }
    long characters = texts.stream().mapToLong(String::length).sum();
    if (characters > MAX_CHARACTERS) {
      throw place.refused(
          "has texts of %,d characters, but at most %,d are allowed"
              .formatted(characters, MAX_CHARACTERS));
    }
    Set<String> distinct = new LinkedHashSet<>(texts);
    if (distinct.contains("")) {
      throw place.refused("must not hold an empty text");
    }
    return Grammar.of(
        new Expression.Choice(distinct.stream().<Expression>map(Expression.Literal::new).toList()));
  }
}
