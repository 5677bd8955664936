package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * 256 numbers of 5 bits in 8 groups of 32 (ggml-common.h, block_q5_K): number = d * scale * q -
 * dmin * min, with the group's own scale and min.
 *
 * <pre>
 *  0      2      4                16                   48                 176
 * +------+------+----------------+--------------------+------------------+
 * | d    | dmin | s: see KScales | h: high bits of q  | l: 4 x 32 bytes  |
 * +------+------+----------------+--------------------+------------------+
 *
 * number i of group g: low bits in l[32 (g / 2) + i], low half for even g, high half for odd g;
 *                      high bit is bit g of h[i]
 * </pre>
 *
 * d and dmin are half precision.
 */
final class Q5KBlock extends CodeFormat {
  Q5KBlock() {
    super(256, 176, 5, 32);
  }

  @Override
  public int scaleAt() {
    return 0;
  }

  @Override
  public OptionalInt minAt() {
    return OptionalInt.of(2);
  }

  @Override
  public int groupScale(MemorySegment source, long block, int group) {
    return KScales.scale(source, block + 4, group);
  }

  @Override
  public int groupMin(MemorySegment source, long block, int group) {
    return KScales.min(source, block + 4, group);
  }

  @Override
  public int code(MemorySegment source, long block, int n) {
    return q(source, block, n) - 16;
  }

  @Override
  public void dequantize(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    float dmin = Bytes.float16(source, block + 2);
    for (int group = 0; group < 8; group++) {
      float scale = d * groupScale(source, block, group);
      float min = dmin * groupMin(source, block, group);
      for (int n = 32 * group; n < 32 * (group + 1); n++) {
        out[at + n] = scale * q(source, block, n) - min;
      }
    }
  }

  /** The q of number {@code n}. */
  private static int q(MemorySegment source, long block, int n) {
    int high = Bytes.unsigned8(source, block + 16 + n % 32) >> n / 32 & 1;
    return Nibbles.ofPairs(source, block + 48, n) | high << 4;
  }
}
