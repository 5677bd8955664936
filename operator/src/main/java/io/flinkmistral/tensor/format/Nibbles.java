package io.flinkmistral.tensor.format;

import java.lang.foreign.MemorySegment;

/** Numbers of 4 bits, from 0 to 15, two in a byte. */
public final class Nibbles {
  private static final int HALF = 16;

  private Nibbles() {}

  /** Nibble {@code n} of 32: byte i has number i (low half) and number i + 16 (high half). */
  public static int ofHalves(MemorySegment source, long first, int n) {
    int q = Bytes.unsigned8(source, first + n % HALF);
    return n < HALF ? q & 0xF : q >> 4;
  }

  /**
   * Nibble {@code n} of 256 in 4 x 32 bytes: 32 bytes have 32 numbers in their low halves, and the
   * next 32 in their high halves.
   */
  public static int ofPairs(MemorySegment source, long first, int n) {
    int group = n / 32;
    return Bytes.unsigned8(source, first + 32 * (group / 2) + n % 32) >> group % 2 * 4 & 0xF;
  }
}
