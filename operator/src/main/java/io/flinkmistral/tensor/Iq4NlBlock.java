package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;

/**
 * 32 numbers of 4 bits that choose from a table (ggml-common.h, block_iq4_nl and kvalues_iq4nl):
 * number = d * table[q].
 *
 * <pre>
 *  0      2                    18
 * +------+---------------------+
 * | d    | q: byte i = number i (low half), number i + 16 (high half)
 * +------+---------------------+
 * </pre>
 *
 * d is half precision.
 */
final class Iq4NlBlock {
  private static final int HALF = 16;
  private static final byte[] TABLE = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private Iq4NlBlock() {}

  static void dequantize(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    for (int i = 0; i < HALF; i++) {
      int q = Bytes.unsigned8(source, block + 2 + i);
      out[at + i] = d * TABLE[q & 0xF];
      out[at + i + HALF] = d * TABLE[q >> 4];
    }
  }
}
