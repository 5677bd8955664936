package io.flinkmistral.protocol;

/**
 * What a message shows of text that somebody else wrote: bounded, on one line, and nothing that a
 * terminal acts upon. Lone halves of surrogate pairs, which UTF-8 has no bytes for, are shown as
 * dots, too.
 */
public final class Excerpt {
  private static final int VALUE = 60;
  private static final int MESSAGE = 1000;

  private Excerpt() {}

  /** A value that a message quotes: the first 60 characters. */
  public static String of(String value) {
    return shown(value, VALUE);
  }

  /** A whole message, whatever it quotes: the first 1,000 characters. */
  public static String ofMessage(String message) {
    return shown(message, MESSAGE);
  }

  private static String shown(String text, int limit) {
    StringBuilder shown = new StringBuilder(Math.min(text.length(), limit) + 1);
    int end = Math.min(text.length(), limit);
    for (int i = 0; i < end; ) {
      int character = text.codePointAt(i);
      i += Character.charCount(character);
      if (i <= limit) {
        shown.appendCodePoint(isSafe(character) ? character : '.');
      }
    }
    return text.length() > limit ? shown.append('…').toString() : shown.toString();
  }

  private static boolean isSafe(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
