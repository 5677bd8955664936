package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.CodeFormat;
import java.lang.foreign.MemorySegment;

/**
 * 256 numbers of 3 bits in 16 groups of 16 (ggml-common.h, block_q3_K): number = d * (scale - 32) *
 * (q - 4), with the group's own scale of 6 bits.
 *
 * <pre>
 *  0                  32                96                108    110
 * +------------------+-----------------+-----------------+------+
 * | h: bit 2 of q    | l: bits 0 and 1 | s: scales       | d    |
 * +------------------+-----------------+-----------------+------+
 *
 * number n = 128 x + 32 p + i (x of 2, p of 4, i of 32)
 *   low bits: bits 2 p and 2 p + 1 of l[32 x + i]; high bit: bit 4 x + p of h[i]
 * scale of group g = 4 a + b (a of 4, b of 4)
 *   low 4 bits: s[g % 8], low half for g below 8, high half from 8 on
 *   high 2 bits: bits 2 a and 2 a + 1 of s[8 + b]
 * </pre>
 *
 * d is half precision.
 */
public final class Q3KBlock extends CodeFormat {
  public Q3KBlock() {
    super(256, 110, 3, 16);
  }

  @Override
  public int scaleAt() {
    return 108;
  }

  /** The q of number {@code n}, less 4. */
  @Override
  public int code(MemorySegment source, long block, int n) {
    int low = Bytes.unsigned8(source, block + 32 + 32 * (n / 128) + n % 32);
    int high = Bytes.unsigned8(source, block + n % 32) >> n / 32 & 1;
    return (low >> n % 128 / 32 * 2 & 3) + 4 * high - 4;
  }

  /** A group's scale, less 32. */
  @Override
  public int groupScale(MemorySegment source, long block, int group) {
    long scales = block + 96;
    int low = Bytes.unsigned8(source, scales + group % 8) >> (group < 8 ? 0 : 4) & 0xF;
    int high = Bytes.unsigned8(source, scales + 8 + group % 4) >> 2 * (group / 4) & 3;
    return (low | high << 4) - 32;
  }
}
