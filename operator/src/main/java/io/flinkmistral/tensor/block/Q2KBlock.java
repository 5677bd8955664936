package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.CodeFormat;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/**
 * 256 numbers of 2 bits in 16 groups of 16 (ggml-common.h, block_q2_K): number = d * scale * q -
 * dmin * min, with the group's own scale and min.
 *
 * <pre>
 *  0                        16                 80     82     84
 * +------------------------+------------------+------+------+
 * | s: byte g = scale (low | q: 2 x 32 bytes  | d    | dmin |
 * |    half) and min (high |                  |      |      |
 * |    half) of group g    |                  |      |      |
 * +------------------------+------------------+------+------+
 *
 * number n = 128 h + 32 p + i (h of 2, p of 4, i of 32): bits 2 p and 2 p + 1 of byte 32 h + i
 * </pre>
 *
 * d and dmin are half precision.
 */
public final class Q2KBlock extends CodeFormat {
  public Q2KBlock() {
    super(256, 84, 2, 16);
  }

  @Override
  public int scaleAt() {
    return 80;
  }

  @Override
  public OptionalInt minAt() {
    return OptionalInt.of(82);
  }

  /** The q of number {@code n}, less 2. */
  @Override
  public int code(MemorySegment source, long block, int n) {
    int four = Bytes.unsigned8(source, block + 16 + 32 * (n / 128) + n % 32);
    return (four >> n % 128 / 32 * 2 & 3) - 2;
  }

  @Override
  public int groupScale(MemorySegment source, long block, int group) {
    return Bytes.unsigned8(source, block + group) & 0xF;
  }

  @Override
  public int groupMin(MemorySegment source, long block, int group) {
    return Bytes.unsigned8(source, block + group) >> 4;
  }
}
