package io.flinkmistral.tokenizer.sentencepiece;

/**
 * What SentencePiece's {@code remove_extra_whitespaces} does: spaces at the start and at the end
 * go, and of several in a row one stays. Other kinds of white space are as other characters, but
 * for the mark of a space in pieces at the text's end.
 */
final class ExtraSpaces {
  private ExtraSpaces() {}

  static String removed(String text) {
    StringBuilder result = new StringBuilder(text.length());
    boolean afterSpace = true;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ' ' || !afterSpace) {
        result.append(c);
      }
      afterSpace = c == ' ';
    }
    int end = result.length();
    while (end > 0 && isSpace(result.charAt(end - 1))) {
      end--;
    }
    result.setLength(end);
    return result.toString();
  }

  private static boolean isSpace(char c) {
    return c == ' ' || c == SentencePieceTokenizer.SPACE;
  }
}
