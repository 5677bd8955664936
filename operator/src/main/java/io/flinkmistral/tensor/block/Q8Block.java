package io.flinkmistral.tensor.block;

import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.Bytes;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * 32 numbers of 8 bits (ggml-common.h, block_q8_0): number = q * d.
 *
 * <pre>
 *  0      2                    34
 * +------+---------------------+
 * | d    | q: 32 signed bytes  |
 * +------+---------------------+
 * </pre>
 *
 * d is half precision.
 */
public final class Q8Block extends ByteFormat {
  public Q8Block() {
    super(32, 34);
  }

  @Override
  public int whole(MemorySegment source, long block, int n) {
    return Bytes.signed8(source, block + 2 + n);
  }

  /** A loop of its own: embeddings are often of this format. */
  @Override
  public void dequantize(MemorySegment source, long block, float[] out, int at) {
    float d = Bytes.float16(source, block);
    for (int i = 0; i < 32; i++) {
      out[at + i] = Bytes.signed8(source, block + 2 + i) * d;
    }
  }

  @Override
  public Optional<BlockQuantizer> quantizer() {
    return Optional.of(Q8Block::quantize);
  }

  /** Rounds to nearest, halves away from zero, with d such that the greatest number becomes 127. */
  private static void quantize(float[] in, int at, MemorySegment target, long block) {
    float greatest = 0;
    for (int i = 0; i < 32; i++) {
      greatest = Math.max(greatest, Math.abs(in[at + i]));
    }
    float d = greatest / 127;
    float inverse = d == 0 ? 0 : 1 / d;
    Bytes.putFloat16(target, block, d);
    for (int i = 0; i < 32; i++) {
      // As a double, so that the sum is exact and a number just below a half stays below it.
      double scaled = in[at + i] * inverse;
      int q = (int) (scaled + Math.copySign(0.5, scaled));
      Bytes.putByte(target, block + 2 + i, Math.clamp(q, -127, 127));
    }
  }
}
