package io.flinkmistral.constraint;

import io.flinkmistral.protocol.InvalidRequestException;

/** A text that is read character by character (Unicode code points), and where that is. */
public abstract class TextCursor {
  public static final int END = -1;

  private final int[] characters;
  private int at;

  protected TextCursor(String text) {
    this.characters = text.codePoints().toArray();
  }

  /** The next character, {@link #END} after the last. */
  public final int peek() {
    return peek(0);
  }

  public final int peek(int ahead) {
    return at + ahead < characters.length ? characters[at + ahead] : END;
  }

  public final int take() {
    int character = peek();
    at = Math.min(at + 1, characters.length);
    return character;
  }

  public final boolean takeIf(int character) {
    boolean is = peek() == character;
    if (is) {
      at++;
    }
    return is;
  }

  public final boolean startsWith(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (peek(i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  public final boolean takeIf(String text) {
    boolean is = startsWith(text);
    if (is) {
      at += text.length();
    }
    return is;
  }

  /**
   * The number that so many hexadecimal digits are.
   *
   * @param position where what they belong to began, for the message
   */
  public final int hex(int digits, int position) {
    int value = 0;
    for (int i = 0; i < digits; i++) {
      int digit = Character.digit(Math.max(0, take()), 16);
      if (digit < 0) {
        throw refused(position, "there must be %d hexadecimal digits".formatted(digits));
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /** Says what is wrong with the text at a position. */
  public abstract InvalidRequestException refused(int position, String what);

  public final int position() {
    return at;
  }

  public final void backTo(int position) {
    at = position;
  }

  /** The text from a position up to here. */
  public final String since(int position) {
    return new String(characters, position, at - position);
  }

  /** The first characters from a position on. */
  protected final String excerpt(int position) {
    return new String(characters, position, Math.min(20, characters.length - position));
  }

  protected final int characterAt(int position) {
    return characters[position];
  }
}
