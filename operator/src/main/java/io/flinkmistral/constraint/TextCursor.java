package io.flinkmistral.constraint;

/** A text that is read character by character (Unicode code points), and where that is. */
public class TextCursor {
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
