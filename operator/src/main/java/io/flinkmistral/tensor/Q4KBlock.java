package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;

/**
 * 256 numbers of 4 bits in 8 groups of 32 (ggml-common.h, block_q4_K): number = d * scale * q -
 * dmin * min, with the group's own scale and min.
 *
 * <pre>
 *  0      2      4                  16                  144
 * +------+------+------------------+-------------------+
 * | d    | dmin | s: see KScales   | q: 4 x 32 bytes   |
 * +------+------+------------------+-------------------+
 *
 * number i of group g: q[32 (g / 2) + i], low half for even g, high half for odd g
 * </pre>
 *
 * d and dmin are half precision.
 */
final class Q4KBlock {
  private Q4KBlock() {}

  static void dequantize(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    float dmin = Bytes.float16(source, block + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * KScales.scale(source, block + 4, group);
      float min = dmin * KScales.min(source, block + 4, group);
      for (int n = 32 * group; n < 32 * (group + 1); n++) {
        out[at + n] = scale * code(source, block, n) - min;
      }
    }
  }

  /** The q of number {@code n}. */
  static int code(MemorySegment source, long block, int n) {
    return nibble(source, block + 16, n);
  }

  /** Nibble {@code n} of 256 that lie in 4 x 32 bytes from {@code nibbles} on. */
  static int nibble(MemorySegment source, long nibbles, int n) {
    int group = n / 32;
    return Bytes.unsigned8(source, nibbles + 32 * (group / 2) + n % 32) >> group % 2 * 4 & 0xF;
  }
}
