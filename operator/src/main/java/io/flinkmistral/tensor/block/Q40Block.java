package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.Bytes;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.Nibbles;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * 32 numbers of 4 bits (ggml-common.h, block_q4_0): number = (q - 8) * d.
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
public final class Q40Block extends CodeFormat {
  private static final int HALF = 16;

  public Q40Block() {
    super(32, 18, 4, 32);
  }

  @Override
  public int scaleAt() {
    return 0;
  }

  @Override
  public int code(MemorySegment source, long block, int n) {
    return Nibbles.ofHalves(source, block + 2, n) - 8;
  }

  @Override
  public Optional<BlockQuantizer> quantizer() {
    return Optional.of(Q40Block::quantize);
  }

  /**
   * Takes a d such that the number of the greatest size becomes -8; its counterpart is cut to 7.
   */
  private static void quantize(float[] in, int at, MemorySegment target, long block) {
    float greatest = 0;
    for (int i = 0; i < 2 * HALF; i++) {
      if (Math.abs(in[at + i]) > Math.abs(greatest)) {
        greatest = in[at + i];
      }
    }
    float d = greatest / -8;
    float inverse = d == 0 ? 0 : 1 / d;
    Bytes.putFloat16(target, block, d);
    for (int i = 0; i < HALF; i++) {
      int low = nibble(in[at + i] * inverse);
      int high = nibble(in[at + i + HALF] * inverse);
      Bytes.putByte(target, block + 2 + i, low | high << 4);
    }
  }

  /** Rounds a number from -8 to 8 to nearest, halves up, and puts its zero at 8. */
  private static int nibble(float scaled) {
    return Math.clamp((int) (scaled + 8.5f), 0, 15);
  }
}
