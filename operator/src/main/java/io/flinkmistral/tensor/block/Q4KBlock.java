package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.KScales;
import io.flinkmistral.tensor.format.Nibbles;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalInt;

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
public final class Q4KBlock extends CodeFormat {
  public Q4KBlock() {
    super(256, 144, 4, 32);
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

  /** The q of number {@code n}, less 8. */
  @Override
  public int code(MemorySegment source, long block, int n) {
    return Nibbles.ofPairs(source, block + 16, n) - 8;
  }

  @Override
  public Optional<BlockQuantizer> quantizer() {
    return Optional.of(Q4KQuantizer::quantize);
  }
}
