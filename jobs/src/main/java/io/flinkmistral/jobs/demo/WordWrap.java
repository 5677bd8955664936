package io.flinkmistral.jobs.demo;

/**
 * Breaks text that comes in pieces between words, so that no line is longer than a terminal is
 * wide. The word under way is held back until it is known to end or to be too long to wait for.
 */
final class WordWrap {
  /** Longer ones are shown as they come: there are languages without spaces. */
  private static final int LONGEST_WORD = 24;

  private final int width;
  private final StringBuilder word = new StringBuilder();
  private int column;

  WordWrap(int width) {
    this.width = width;
  }

  /** What to print now that {@code piece} has come. */
  String add(String piece) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < piece.length(); i++) {
      char c = piece.charAt(i);
      if (c == ' ' || c == '\n') {
        endWord(out);
        space(out, c);
      } else {
        word.append(c);
        if (word.length() >= LONGEST_WORD && !Character.isHighSurrogate(c)) {
          endWord(out);
        }
      }
    }
    return out.toString();
  }

  /** What is left to print at the end. */
  String end() {
    StringBuilder out = new StringBuilder();
    endWord(out);
    column = 0;
    return out.toString();
  }

  private void space(StringBuilder out, char c) {
    if (c == '\n') {
      out.append(c);
      column = 0;
    } else if (column < width) {
      out.append(c);
      column++;
    }
  }

  private void endWord(StringBuilder out) {
    if (column > 0 && column + word.length() > width) {
      out.append('\n');
      column = 0;
    }
    out.append(word);
    column += word.length();
    word.setLength(0);
  }
}
