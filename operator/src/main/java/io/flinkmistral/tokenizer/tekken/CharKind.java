package io.flinkmistral.tokenizer.tekken;

/**
 * What {@link TekkenSplitter} tells apart, by Unicode's general categories; Java 25 and the engines
 * that Tekken was made with know those of Unicode 16.
 */
enum CharKind {
  /** Lu, Lt. */
  UPPER,
  /** Ll. */
  LOWER,
  /** Lm, Lo: letters without case. */
  EITHER,
  /** M. */
  MARK,
  /** N. */
  NUMBER,
  /** CR and LF. */
  LINE_END,
  /** White_Space but for these two. */
  SPACE,
  /** All else: punctuation, symbols, control characters, what is not assigned. */
  SIGN;

  private static final CharKind[] ASCII = new CharKind[0x80];

  static {
    for (int c = 0; c < ASCII.length; c++) {
      ASCII[c] = ofCategory(c);
    }
  }

  static CharKind of(int codePoint) {
    return codePoint < ASCII.length ? ASCII[codePoint] : ofCategory(codePoint);
  }

  private static CharKind ofCategory(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> UPPER;
      case Character.LOWERCASE_LETTER -> LOWER;
      case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> EITHER;
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK, Character.ENCLOSING_MARK ->
          MARK;
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
          NUMBER;
      case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR ->
          SPACE;
      default ->
          switch (codePoint) {
            case '\r', '\n' -> LINE_END;
            case '\t', 0x0B, '\f', 0x85 -> SPACE;
            default -> SIGN;
          };
    };
  }

  /** Whether it may stand where a word has its capitals. */
  boolean isUpper() {
    return this == UPPER || this == EITHER || this == MARK;
  }

  /** Whether it may stand where a word has its lower case. */
  boolean isLower() {
    return this == LOWER || this == EITHER || this == MARK;
  }

  boolean isSign() {
    return this == SIGN || this == MARK;
  }

  boolean isSpace() {
    return this == SPACE || this == LINE_END;
  }
}
