package io.flinkmistral.tokenizer.tekken;

/**
 * Joins bytes that come one by one into characters. What is no character gives one U+FFFD for each
 * longest beginning of one, as the Unicode Standard (section 3.9, "U+FFFD Substitution of Maximal
 * Subparts") and Python's decoder do.
 */
final class Utf8Decoder {
  private static final char REPLACEMENT = '\uFFFD';

  private int codePoint;

  /** Bytes that are still missing; none where no character has begun. */
  private int missing;

  /** What the next byte may be; the second byte's range rules out overlong forms and surrogates. */
  private int lowest;

  private int highest;

  void accept(int value, StringBuilder out) {
    if (missing > 0) {
      if (value >= lowest && value <= highest) {
        codePoint = codePoint << 6 | value & 0x3F;
        expect(missing - 1, 0x80, 0xBF);
        if (missing == 0) {
          out.appendCodePoint(codePoint);
        }
        return;
      }
      flush(out);
    }
    begin(value, out);
  }

  /** Appends U+FFFD if a character has begun and is not complete. */
  void flush(StringBuilder out) {
    if (missing > 0) {
      missing = 0;
      out.append(REPLACEMENT);
    }
  }

  /** Table 3-7 of the Unicode Standard, well-formed UTF-8 byte sequences. */
  private void begin(int value, StringBuilder out) {
    if (value < 0x80) {
      out.append((char) value);
    } else if (value >= 0xC2 && value <= 0xDF) {
      codePoint = value & 0x1F;
      expect(1, 0x80, 0xBF);
    } else if (value >= 0xE0 && value <= 0xEF) {
      codePoint = value & 0x0F;
      expect(2, value == 0xE0 ? 0xA0 : 0x80, value == 0xED ? 0x9F : 0xBF);
    } else if (value >= 0xF0 && value <= 0xF4) {
      codePoint = value & 0x07;
      expect(3, value == 0xF0 ? 0x90 : 0x80, value == 0xF4 ? 0x8F : 0xBF);
    } else {
      out.append(REPLACEMENT);
    }
  }

  private void expect(int bytes, int from, int to) {
    missing = bytes;
    lowest = from;
    highest = to;
  }
}
