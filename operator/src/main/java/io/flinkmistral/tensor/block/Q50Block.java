package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.Nibbles;
import java.lang.foreign.MemorySegment;

/**
 * 32 numbers of 5 bits (ggml-common.h, block_q5_0): number = (q - 16) * d.
 *
 * <pre>
 *  0      2            6                    22
 * +------+------------+---------------------+
 * | d    | h: bit i = | l: byte i = low 4 bits of number i (low half)
 * |      | bit 4 of   |             and of number i + 16 (high half)
 * |      | number i   |                     |
 * +------+------------+---------------------+
 * </pre>
 *
 * d is half precision.
 */
public final class Q50Block extends CodeFormat {
  public Q50Block() {
    super(32, 22, 5, 32);
  }

  @Override
  public int scaleAt() {
    return 0;
  }

  @Override
  public int code(MemorySegment source, long block, int n) {
    return q(source, block + 2, n) - 16;
  }

  /** The q of number {@code n}, where h starts at {@code high} and l follows. */
  static int q(MemorySegment source, long high, int n) {
    return Nibbles.ofHalves(source, high + 4, n) | (Bytes.int32(source, high) >>> n & 1) << 4;
  }
}
