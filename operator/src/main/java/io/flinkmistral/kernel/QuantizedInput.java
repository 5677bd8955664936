package io.flinkmistral.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Inputs in 8 bits: blocks of 32 numbers, each block {@code codes * scale} with codes from -127 to
 * 127.
 *
 * <p>The product with a row of 4-bit weights is, block by block in the order of columns, {@code out
 * = fma(sum of (nibble - 8) * code, weightScale * inputScale, out)}. The sum is an integer of less
 * than 16 bits, 32 * 8 * 127 at most, so it is exact in any order.
 *
 * <p>In memory a block is 16 ints of codes, its scale, and the start of its sums, each for all
 * tokens of one kernel. Int {@code p} has column {@code 2p} in its low half and {@code 2p + 1} in
 * its high one. To multiply with nibbles that have their higher neighbours still above them, a lane
 * shifted right by {@code 4n} holds {@code nibble[n] + 16 * (lane shifted by 4(n + 1))}; so with
 * {@code x'[0] = x[0]} and {@code x'[n] = x[n] - 16 * x[n - 1]} the sum over {@code n} of {@code
 * (lane >>> 4n) * x'[n]} is that of {@code nibble[n] * x[n]}, modulo 2^16. The start is {@code -8}
 * times the sum of codes, in the high half.
 */
final class QuantizedInput {
  static final int BLOCK = 32;

  /** Bytes of the codes, and with them the offset of the scale. */
  static final int CODES = 64;

  /** Offset of the start from a block's first byte. */
  static final int START = 68;

  static final int BLOCK_BYTES = 72;

  /** Below it a block counts as zero: the reciprocal of its scale could overflow. */
  private static final float LEAST = 1e-30f;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private QuantizedInput() {}

  /**
   * Rounds a block to codes, to nearest even. A block that is not finite has the scale NaN, so that
   * it shows in the outputs.
   *
   * @param codes receives 32 codes
   * @return the scale
   */
  static float quantize(float[] in, int offset, int[] codes) {
    float greatest = 0;
    for (int i = 0; i < BLOCK; i++) {
      greatest = Math.max(greatest, Math.abs(in[offset + i]));
    }
    if (!(greatest >= LEAST && greatest <= Float.MAX_VALUE)) {
      Arrays.fill(codes, 0);
      return greatest < LEAST ? 0 : Float.NaN;
    }
    float factor = 127f / greatest;
    for (int i = 0; i < BLOCK; i++) {
      float rounded = Math.fma(in[offset + i], factor, Exponential.ROUND);
      codes[i] = Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(Exponential.ROUND);
    }
    return greatest / 127f;
  }

  /**
   * Quantises a block and writes it as kernels read it: 16 x {@code tokens} ints of codes, {@code
   * tokens} scales, and as many starts.
   *
   * @param out the block of all tokens
   * @param token which of them
   */
  static void prepare(
      float[] in, int offset, int[] codes, MemorySegment out, long at, int token, int tokens) {
    float scale = quantize(in, offset, codes);
    long to = at + 4L * token;
    int sum = 0;
    for (int pair = 0; pair < BLOCK / 2; pair++) {
      int even = codes[2 * pair];
      int odd = codes[2 * pair + 1];
      sum += even + odd;
      if (pair % 4 != 0) {
        even -= 16 * codes[2 * pair - 2];
        odd -= 16 * codes[2 * pair - 1];
      }
      out.set(INT, to + 4L * tokens * pair, even & 0xffff | odd << 16);
    }
    out.set(FLOAT, to + (long) CODES * tokens, scale);
    out.set(INT, to + (long) START * tokens, -8 * sum << 16);
  }
}
