package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;

/**
 * 32 numbers of 8 bits (ggml-common.h, block_q8_0): number = q * d.
 *
 * <pre>
 *  0      2                    34
 * +------+---------------------+
 * | d    | q: 32 signed bytes  |
 * +------+---------------------+
 * </pre>
 *
 * d is half precision.
 */
final class Q8Block {
  private Q8Block() {}

  static void dequantize(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    for (int i = 0; i < 32; i++) {
      out[at + i] = Bytes.signed8(source, block + 2 + i) * d;
    }
  }
}
