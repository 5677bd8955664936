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
    for (int i = 0; i < HALF; i++) {
      int q = Bytes.unsigned8(source, block + 2 + i);
      out[at + i] = ((q & 0xF) - 8) * d;
      out[at + i + HALF] = ((q >> 4) - 8) * d;
    }
  }

  static void dequantize1(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    float m = Bytes.float16(source, block + 2);
    for (int i = 0; i < HALF; i++) {
      int q = Bytes.unsigned8(source, block + 4 + i);
      out[at + i] = (q & 0xF) * d + m;
      out[at + i + HALF] = (q >> 4) * d + m;
    }
  }
}
