package io.flinkmistral.tokenizer.sentencepiece;

/**
 * Joins bytes that come one by one into characters. A byte that cannot be part of a character gives
 * one U+FFFD; the bytes after it are looked at anew, as SentencePiece does.
 */
final class Utf8Assembler {
  private static final char REPLACEMENT = '\uFFFD';
  private static final int INVALID = -1;

  /** Bytes of a character that is not complete, the first byte first. */
  private final int[] pending = new int[4];

  private int size;

  /** Takes a byte and appends the characters that are complete with it. */
  void accept(int value, StringBuilder out) {
    pending[size++] = value;
    while (size > 0 && !isIncomplete()) {
      emitFirst(out);
    }
  }

  /** Appends U+FFFD for each byte that waits for more. */
  void flush(StringBuilder out) {
    while (size > 0) {
      emitFirst(out);
    }
  }

  /** Whether more bytes can still make a character of what is pending. */
  private boolean isIncomplete() {
    return size < length(pending[0]) && trailBytes() == size - 1;
  }

  private void emitFirst(StringBuilder out) {
    int length = length(pending[0]);
    int codePoint = trailBytes() >= length - 1 ? codePoint(length) : INVALID;
    int used = codePoint == INVALID ? 1 : length;
    out.appendCodePoint(codePoint == INVALID ? REPLACEMENT : codePoint);
    size -= used;
    System.arraycopy(pending, used, pending, 0, size);
  }

  /** How many trail bytes follow the first byte without a gap. */
  private int trailBytes() {
    int count = 0;
    while (count + 1 < size && (pending[count + 1] & 0xC0) == 0x80) {
      count++;
    }
    return count;
  }

  /** The length of a character from its first byte; 1 where no character starts with it. */
  private static int length(int first) {
    if ((first & 0xE0) == 0xC0) {
      return 2;
    }
    if ((first & 0xF0) == 0xE0) {
      return 3;
    }
    return (first & 0xF8) == 0xF0 ? 4 : 1;
  }

  /**
   * The code point in the first {@code length} bytes; overlong forms and surrogates are invalid.
   */
  private int codePoint(int length) {
    int codePoint = length == 1 ? pending[0] : pending[0] & 0x7F >> length;
    for (int i = 1; i < length; i++) {
      codePoint = codePoint << 6 | pending[i] & 0x3F;
    }
    boolean valid =
        switch (length) {
          case 1 -> codePoint < 0x80;
          case 2 -> codePoint >= 0x80;
          case 3 -> codePoint >= 0x800 && !(codePoint >= 0xD800 && codePoint <= 0xDFFF);
          default -> codePoint >= 0x10000 && codePoint <= Character.MAX_CODE_POINT;
        };
    return valid ? codePoint : INVALID;
  }
}
