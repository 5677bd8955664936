package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;

/**
 * 32 numbers of 4 bits (ggml-common.h, block_q4_0 and block_q4_1).
 *
 * <pre>
 * Q4_0, 18 bytes: number = (q - 8) * d
 *  0      2                    18
 * +------+---------------------+
 * | d    | q: byte i = number i (low half), number i + 16 (high half)
 * +------+---------------------+
 *
 * Q4_1, 20 bytes: number = q * d + m
 *  0      2      4                    20
 * +------+------+---------------------+
 * | d    | m    | q, as above         |
 * +------+------+---------------------+
 * </pre>
 *
 * d and m are half precision.
 */
final class Q4Block {
  private static final int HALF = 16;

  private Q4Block() {}

  static void dequantize0(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    for (int n = 0; n < 2 * HALF; n++) {
      out[at + n] = code0(source, block, n) * d;
    }
  }

  /** Q4_0: number {@code n} for d = 1, from -8 to 7. */
  static int code0(MemorySegment source, long block, int n) {
    return q(source, block + 2, n) - 8;
  }

  /** Q4_0: d such that the number of the greatest size becomes -8; its counterpart is cut to 7. */
  static void quantize0(float[] in, int at, MemorySegment target, long block) {
    float greatest = 0;
    for (int i = 0; i < 2 * HALF; i++) {
      if (Math.abs(in[at + i]) > Math.abs(greatest)) {
        greatest = in[at + i];
      }
    }
    float d = greatest / -8;
    float inverse = d == 0 ? 0 : 1 / d;
    Bytes.putFloat16(target, block, d);
    for (int i = 0; i < HALF; i++) {
      int low = nibble(in[at + i] * inverse);
      int high = nibble(in[at + i + HALF] * inverse);
      Bytes.putByte(target, block + 2 + i, low | high << 4);
    }
  }

  /** Rounds a number from -8 to 8 to nearest, halves up, and puts its zero at 8. */
  private static int nibble(float scaled) {
    return Math.clamp((int) (scaled + 8.5f), 0, 15);
  }

  static void dequantize1(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    float m = Bytes.float16(source, block + 2);
    for (int i = 0; i < HALF; i++) {
      out[at + i] = q(source, block + 4, i) * d + m;
      out[at + i + HALF] = q(source, block + 4, i + HALF) * d + m;
    }
  }

  /** Q4_1: number {@code n} for d = 1 and m = 0. */
  static int code1(MemorySegment source, long block, int n) {
    return q(source, block + 4, n);
  }

  /** The q of number {@code n}, where those of a block start at {@code first}. */
  static int q(MemorySegment source, long first, int n) {
    int q = Bytes.unsigned8(source, first + n % HALF);
    return n < HALF ? q & 0xF : q >> 4;
  }
}
