package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.Nibbles;
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
public final class Iq4NlBlock extends ByteFormat {
  private static final byte[] TABLE = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  public Iq4NlBlock() {
    super(32, 18);
  }

  @Override
  public int whole(MemorySegment source, long block, int n) {
    return number(Nibbles.ofHalves(source, block + 2, n));
  }

  /** What {@code q}, from 0 to 15, stands for. */
  static int number(int q) {
    return TABLE[q];
  }
}
