package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.Nibbles;
import java.lang.foreign.MemorySegment;

/**
 * 256 numbers of 4 bits in 8 groups of 32, which choose from the table of {@link Iq4NlBlock}
 * (ggml-common.h, block_iq4_xs): number = d * (scale - 32) * table[q], with the group's own scale
 * of 6 bits.
 *
 * <pre>
 *  0      2      4            8                    136
 * +------+------+------------+--------------------+
 * | d    | h    | l          | q: 8 x 16 bytes    |
 * +------+------+------------+--------------------+
 *
 * scale of group g: low 4 bits in l[g / 2], low half for even g, high half for odd g;
 *                   high 2 bits are bits 2 g and 2 g + 1 of h
 * number i of group g: q[16 g + i % 16], low half for i below 16, high half from 16 on
 * </pre>
 *
 * d is half precision.
 */
public final class Iq4XsBlock extends ByteFormat {
  public Iq4XsBlock() {
    super(256, 136);
  }

  @Override
  public int whole(MemorySegment source, long block, int n) {
    return Iq4NlBlock.number(Nibbles.ofHalves(source, block + 8 + 16 * (n / GROUP), n % GROUP));
  }

  @Override
  public int groupScale(MemorySegment source, long block, int group) {
    int low = Bytes.unsigned8(source, block + 4 + group / 2) >> group % 2 * 4 & 0xF;
    int high = Bytes.unsigned16(source, block + 2) >> 2 * group & 3;
    return (low | high << 4) - 32;
  }
}
