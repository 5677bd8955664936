package io.flinkmistral.constraint.gbnf;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;

/** The text of a grammar, and where it is read. */
final class GbnfText {
  static final int END = -1;

  private final int[] characters;
  private final Place place;
  private int at;

  GbnfText(String text, Place place) {
    this.characters = text.codePoints().toArray();
    this.place = place;
  }

  /** The next character, {@link #END} after the last. */
  int peek() {
    return peek(0);
  }

  int peek(int ahead) {
    return at + ahead < characters.length ? characters[at + ahead] : END;
  }

  int take() {
    int character = peek();
    at = Math.min(at + 1, characters.length);
    return character;
  }

  boolean takeIf(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (peek(i) != text.charAt(i)) {
        return false;
      }
    }
    at += text.length();
    return true;
  }

  int position() {
    return at;
  }

  void backTo(int position) {
    at = position;
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
    int start = at;
    while (isNamePart(peek())) {
      at++;
    }
    return new String(characters, start, at - start);
  }

  private static boolean isNamePart(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || c == '-'
        || c == '_';
  }

  InvalidRequestException refused(int position, String what) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < position; i++) {
      column = characters[i] == '\n' ? 1 : column + 1;
      line += characters[i] == '\n' ? 1 : 0;
    }
    String rest =
        new String(characters, position, Math.min(20, characters.length - position))
            .lines()
            .findFirst()
            .orElse("");
    return place.refused(
        "the grammar at line %d, column %d (%s): %s"
            .formatted(line, column, rest.isEmpty() ? "an end" : Excerpt.of(rest), what));
  }
}
