package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.Nibbles;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * 32 numbers of 4 bits (ggml-common.h, block_q4_1): number = q * d + m.
 *
 * <pre>
 *  0      2      4                    20
 * +------+------+---------------------+
 * | d    | m    | q: byte i = number i (low half), number i + 16 (high half)
 * +------+------+---------------------+
 * </pre>
 *
 * d and m are half precision.
 */
public final class Q41Block extends CodeFormat {
  public Q41Block() {
    super(32, 20, 4, 32);
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
    return Nibbles.ofHalves(source, block + 4, n) - 8;
  }
}
