package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.CodeFormat;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * 32 numbers of 5 bits (ggml-common.h, block_q5_1): number = q * d + m.
 *
 * <pre>
 *  0      2      4            8                    24
 * +------+------+------------+---------------------+
 * | d    | m    | h, l: as those of Q5_0
 * +------+------+------------+---------------------+
 * </pre>
 *
 * d and m are half precision.
 */
public final class Q51Block extends CodeFormat {
  public Q51Block() {
    super(32, 24, 5, 32);
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
  public int code(MemorySegment source, long block, int n) {
    return Q50Block.q(source, block + 4, n) - 16;
  }
}
