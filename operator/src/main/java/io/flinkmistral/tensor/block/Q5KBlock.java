package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.KScales;
import io.flinkmistral.tensor.format.Nibbles;
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
public final class Q5KBlock extends CodeFormat {
  public Q5KBlock() {
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

  /** The q of number {@code n}, less 16. */
  @Override
  public int code(MemorySegment source, long block, int n) {
    int high = Bytes.unsigned8(source, block + 16 + n % 32) >> n / 32 & 1;
    return (Nibbles.ofPairs(source, block + 48, n) | high << 4) - 16;
  }
}
