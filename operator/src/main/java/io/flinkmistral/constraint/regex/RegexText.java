package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;

/** A text that is read character by character, and where that is. */
final class RegexText {
  static final int END = -1;

  private final int[] characters;
  private final Place place;
  private int at;

  RegexText(String text, Place place) {
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

  boolean takeIf(int character) {
    boolean is = peek() == character;
    if (is) {
      at++;
    }
    return is;
  }

  boolean startsWith(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (peek(i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  boolean takeIf(String text) {
    boolean is = startsWith(text);
    if (is) {
      at += text.length();
    }
    return is;
  }

  int position() {
    return at;
  }

  void backTo(int position) {
    at = position;
  }

  /** The text up to here. */
  String since(int position) {
    return new String(characters, position, at - position);
  }

  InvalidRequestException refused(int position, String what) {
    int end = Math.min(characters.length, position + 20);
    String rest = new String(characters, position, end - position);
    return place.refused(
        "the pattern at character %d (%s): %s"
            .formatted(position, rest.isEmpty() ? "its end" : Excerpt.of(rest), what));
  }
}
