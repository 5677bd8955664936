package io.flinkmistral.kernel;

import java.util.Arrays;

/**
 * Inputs in 8 bits: a block of 32 numbers, {@code codes * scale} with codes from -127 to 127.
 *
 * <p>The product with a row of 4-bit weights is, block by block in the order of columns,
 *
 * <pre>
 *   Q4_0: out = fma(sum of (nibble - 8) * code, weightScale * scale, out)
 *   Q4_K: out = fma(sum of nibble * code, weightScale * scale, out)
 *         out = fma(-weightMin, scale * sum of code, out)
 * </pre>
 *
 * The sum over a block is an integer of less than 17 bits, exact in any order.
 *
 * <p>As kernels read it, a block is 16 ints of codes, its scale, and a last number, each for all
 * tokens of one kernel. Int {@code p} has column {@code 2p} in its low half and {@code 2p + 1} in
 * its high one. To multiply with nibbles that have their higher neighbours still above them, a lane
 * shifted right by {@code 4n} holds {@code nibble[n] + 16 * (lane shifted by 4(n + 1))}; so with
 * {@code x'[0] = x[0]} and {@code x'[n] = x[n] - 16 * x[n - 1]} the sum over {@code n} of {@code
 * (lane >>> 4n) * x'[n]} is that of {@code nibble[n] * x[n]}, modulo 2^16. The last number is, for
 * Q4_0, what sums start with: {@code -8} times the sum of codes, in the high half of an int; for
 * Q4_K, {@code scale * sum of code}.
 */
final class QuantizedInput {
  static final int BLOCK = 32;

  /** Ints of the codes, and with them the place of the scale. */
  static final int CODES = 16;

  /** Place of the last number. */
  static final int START = 17;

  /** Ints of a block. */
  static final int INTS = 18;

  /** Below it a block counts as zero: the reciprocal of its scale could overflow. */
  private static final float LEAST = 1e-30f;

  private static final int ROUND_BITS = Float.floatToRawIntBits(Exponential.ROUND);

  private final int[] codes = new int[BLOCK];
  private final int[] words = new int[BLOCK];
  private float scale;
  private int sum;

  /**
   * Rounds a block to codes, to nearest even. A block that is not finite has the scale NaN, so that
   * it shows in the outputs.
   */
  void quantize(float[] in, int offset) {
    // The order of positive floats is that of their bits; NaN is the greatest.
    int bits = 0;
    for (int i = 0; i < BLOCK; i++) {
      bits = Math.max(bits, Float.floatToRawIntBits(in[offset + i]) & 0x7fffffff);
    }
    float greatest = Float.intBitsToFloat(bits);
    if (!(greatest >= LEAST && greatest <= Float.MAX_VALUE)) {
      Arrays.fill(codes, 0);
      sum = 0;
      scale = greatest < LEAST ? 0 : Float.NaN;
      return;
    }
    float factor = 127f / greatest;
    for (int i = 0; i < BLOCK; i++) {
      float rounded = Math.fma(in[offset + i], factor, Exponential.ROUND);
      codes[i] = Float.floatToRawIntBits(rounded) - ROUND_BITS;
    }
    int total = 0;
    for (int i = 0; i < BLOCK; i++) {
      total += codes[i];
    }
    sum = total;
    scale = greatest / 127f;
  }

  int[] codes() {
    return codes;
  }

  float scale() {
    return scale;
  }

  /** Of the codes. */
  int sum() {
    return sum;
  }

  /**
   * Writes the block as kernels read it.
   *
   * @param out has the block of all tokens from {@code at} on
   * @param token which of them
   * @param mins whether the weights have minima
   */
  void write(int[] out, int at, int token, int tokens, boolean mins) {
    // Columns 2 and more of each eight take away 16 times what stands two before them.
    for (int i = BLOCK - 1; i > 1; i--) {
      words[i] = codes[i] - (i % 8 < 2 ? 0 : 16 * codes[i - 2]);
    }
    words[1] = codes[1];
    words[0] = codes[0];
    int to = at + token;
    for (int pair = 0; pair < CODES; pair++) {
      out[to + tokens * pair] = words[2 * pair] & 0xffff | words[2 * pair + 1] << 16;
    }
    out[to + CODES * tokens] = Float.floatToRawIntBits(scale);
    out[to + START * tokens] = mins ? Float.floatToRawIntBits(scale * sum) : -8 * sum << 16;
  }
}
