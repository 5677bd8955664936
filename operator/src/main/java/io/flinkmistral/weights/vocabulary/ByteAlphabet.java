package io.flinkmistral.weights.vocabulary;

import java.util.Arrays;

/**
 * How GPT-2's vocabularies, and so GGUF files of byte-level ones, spell bytes: a byte that is a
 * visible character of Latin-1 is that character; the others are, in order, the characters from
 * U+0100 on. A space is {@code Ġ}, U+0120.
 */
public final class ByteAlphabet {
  private static final int NONE = -1;
  private static final char[] CHARS = new char[256];
  private static final short[] BYTES = new short[0x144];

  static {
    Arrays.fill(BYTES, (short) NONE);
    char next = 0x100;
    for (int value = 0; value < CHARS.length; value++) {
      CHARS[value] = isVisible(value) ? (char) value : next++;
      BYTES[CHARS[value]] = (short) value;
    }
  }

  private ByteAlphabet() {}

  /** The bytes of a piece, each as the character of its value; null where there are others. */
  public static String bytes(String piece) {
    char[] bytes = new char[piece.length()];
    for (int i = 0; i < bytes.length; i++) {
      char c = piece.charAt(i);
      if (c >= BYTES.length || BYTES[c] == NONE) {
        return null;
      }
      bytes[i] = (char) BYTES[c];
    }
    return new String(bytes);
  }

  /** The piece of some bytes, each given as the character of its value. */
  public static String piece(String bytes) {
    char[] piece = new char[bytes.length()];
    for (int i = 0; i < piece.length; i++) {
      piece[i] = CHARS[bytes.charAt(i)];
    }
    return new String(piece);
  }

  private static boolean isVisible(int value) {
    return value >= '!' && value <= '~' || value >= 0xA1 && value <= 0xFF && value != 0xAD;
  }
}
