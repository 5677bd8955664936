package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;

/**
 * 32 numbers of 5 bits (ggml-common.h, block_q5_0 and block_q5_1).
 *
 * <pre>
 * Q5_0, 22 bytes: number = (q - 16) * d
 *  0      2            6                    22
 * +------+------------+---------------------+
 * | d    | h: bit i = | l: byte i = low 4 bits of number i (low half)
 * |      | bit 4 of   |             and of number i + 16 (high half)
 * |      | number i   |                     |
 * +------+------------+---------------------+
 *
 * Q5_1, 24 bytes: number = q * d + m
 *  0      2      4            8                    24
 * +------+------+------------+---------------------+
 * | d    | m    | h          | l                   |
 * +------+------+------------+---------------------+
 * </pre>
 *
 * d and m are half precision.
 */
final class Q5Block {
  private static final int HALF = 16;

  private Q5Block() {}

  static void dequantize0(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    for (int i = 0; i < 2 * HALF; i++) {
      out[at + i] = (q(source, block + 2, i) - 16) * d;
    }
  }

  static void dequantize1(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    float m = Bytes.float16(source, block + 2);
    for (int i = 0; i < 2 * HALF; i++) {
      out[at + i] = code1(source, block, i) * d + m;
    }
  }

  /** Q5_1: number {@code i} for d = 1 and m = 0. */
  static int code1(MemorySegment source, long block, int i) {
    return q(source, block + 4, i);
  }

  /** Number {@code i}, whose high bits start at {@code h}. */
  private static int q(MemorySegment source, long h, int i) {
    int low = Q4Block.q(source, h + 4, i);
    int high = Bytes.int32(source, h) >>> i & 1;
    return low | high << 4;
  }
}
