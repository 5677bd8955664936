package io.flinkmistral.constraint.gbnf;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.TextCursor;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;

/** A grammar that is read. */
final class GbnfText extends TextCursor {
  private final Place place;

  GbnfText(String text, Place place) {
    super(text);
    this.place = place;
  }

  /** Passes over blanks and comments. */
  void skip(boolean linesToo) {
    while (true) {
      int character = peek();
      if (character == '#') {
        while (peek() != '\n' && peek() != '\r' && peek() != END) {
          take();
        }
      } else if (character == ' '
          || character == '\t'
          || linesToo && (character == '\n' || character == '\r')) {
        take();
      } else {
        return;
      }
    }
  }

  /** Of letters, digits, dashes and underscores; empty if there is none here. */
  String name() {
    int start = position();
    while (isNamePart(peek())) {
      take();
    }
    return since(start);
  }

  private static boolean isNamePart(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '_';
  }

  @Override
  public InvalidRequestException refused(int position, String what) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < position; i++) {
      boolean isNewLine = characterAt(i) == '\n';
      column = isNewLine ? 1 : column + 1;
      line += isNewLine ? 1 : 0;
    }
    String rest = excerpt(position).lines().findFirst().orElse("");
    return place.refused(
        "the grammar at line %d, column %d (%s): %s"
            .formatted(line, column, rest.isEmpty() ? "an end" : Excerpt.of(rest), what));
  }
}
