package io.flinkmistral.kernel.layout;

import io.flinkmistral.kernel.arithmetic.Exponential;
import java.util.Arrays;

/**
 * Inputs in 8 bits: a block of 32 numbers, {@code codes * scale} with codes from -127 to 127.
 *
 * <p>The product with a row of weights of 2 to 8 bits is, in the order of columns, for each 32 of
 * them, 16 for Q2_K, Q3_K and Q6_K,
 *
 * <pre>
 *   out = fma(sum of weightCode * code, weightScale * scale, out)
 *   out = fma(weightOffset, scale * sum of code, out)               where weights have mins
 * </pre>
 *
 * with weights {@code weightScale * weightCode + weightOffset}; see {@link
 * io.flinkmistral.tensor.format.CodeBlock}. The sum over a block is an integer of 20 bits at most,
 * exact in any order, and as a float, too.
 *
 * <p>As kernels read it, a block is the number that the sums of both lanes start with, as many as
 * {@link LaneCodes#fields} says that lanes are multiplied with, the scale, and, where weights have
 * offsets, {@code scale * sum of code}: each for all tokens of one kernel. Where weights are bytes
 * it is the codes, as floats that are {@link #UNIT} times as much, and the scale.
 */
public final class QuantizedInput {
  public static final int BLOCK = 32;

  /** Kernels read a byte at the top of an int: 2^24 times as much. */
  private static final float UNIT = 0x1p-24f;

  private static final float GREATEST = 127;

  /** Below it a block counts as zero: the reciprocal of its scale could overflow. */
  private static final float LEAST = 1e-30f;

  /** Of a sum with {@link Exponential#ROUND}, before its lowest ones, which are a code. */
  public static final int ROUND_BITS = Float.floatToRawIntBits(Exponential.ROUND);

  private final int[] codes = new int[BLOCK];

  /** Of codes of a block's halves; see {@link LaneCodes#pair}. */
  private final int[] pairs = new int[BLOCK / 2];

  private float scale;

  /**
   * Rounds a block to codes, to nearest even. A block that is not finite has the scale NaN, so that
   * it shows in the outputs.
   */
  public void quantize(float[] in, int offset) {
    // The order of positive floats is that of their bits; NaN is the greatest.
    int bits = 0;
    for (int i = 0; i < BLOCK; i++) {
      bits = Math.max(bits, Float.floatToRawIntBits(in[offset + i]) & 0x7fffffff);
    }
    float greatest = Float.intBitsToFloat(bits);
    scale = scale(greatest);
    if (!(scale > 0)) {
      Arrays.fill(codes, 0);
      return;
    }
    float factor = factor(greatest);
    for (int i = 0; i < BLOCK; i++) {
      float rounded = Math.fma(in[offset + i], factor, Exponential.ROUND);
      codes[i] = Float.floatToRawIntBits(rounded) - ROUND_BITS;
    }
  }

  /** The scale of a block whose greatest absolute value is this; if not above 0, no code counts. */
  public static float scale(float greatest) {
    if (greatest < LEAST) {
      return 0;
    }
    return greatest <= Float.MAX_VALUE ? greatest / GREATEST : Float.NaN;
  }

  /** What numbers of such a block are multiplied with to become codes. */
  public static float factor(float greatest) {
    return GREATEST / greatest;
  }

  public int[] codes() {
    return codes;
  }

  public float scale() {
    return scale;
  }

  /** Columns that kernels of a layout take as a whole. */
  public static int columns(PanelLayout layout) {
    return layout.isOfBytes() ? BLOCK : layout.codes().map(LaneCodes::columns).orElse(1);
  }

  /** Ints that {@code count} columns of one token's inputs take. */
  public static int size(PanelLayout layout, int count) {
    return count / columns(layout) * ints(layout);
  }

  /** Ints of as many columns as {@link #columns}, for one token. */
  public static int ints(PanelLayout layout) {
    if (!layout.quantizesInputs()) {
      return 1;
    }
    if (layout.isOfBytes()) {
      return BLOCK + 1;
    }
    int fields = layout.codes().orElseThrow().fields();
    return 1 + fields + 1 + (layout.hasMins() ? 1 : 0);
  }

  /**
   * Writes the input as kernels read it.
   *
   * @param out has the input of all tokens from {@code at} on
   * @param token which of them
   */
  public void write(PanelLayout layout, int[] out, int at, int token, int tokens) {
    if (layout.isOfBytes()) {
      for (int i = 0; i < BLOCK; i++) {
        out[at + token + i * tokens] = Float.floatToRawIntBits(codes[i] * UNIT);
      }
      out[at + token + BLOCK * tokens] = Float.floatToRawIntBits(scale);
      return;
    }
    LaneCodes lanes = layout.codes().orElseThrow();
    int half = lanes.columns() / 2;
    int to = at + token;
    for (int first = 0; first < BLOCK; first += lanes.columns()) {
      int total = 0;
      for (int i = 0; i < half; i++) {
        pairs[i] = LaneCodes.pair(codes[first + i], codes[first + half + i]);
        total += pairs[i];
      }
      out[to] = lanes.start(total);
      lanes.multipliers(pairs, 0, out, to + tokens, tokens);
      to += (1 + lanes.fields()) * tokens;
      to = writeScales(layout, scale, total, out, to, tokens);
    }
  }

  /**
   * Writes what follows a block's fields.
   *
   * @param total of its codes, a {@link LaneCodes#pair}
   * @param step from one number to the next
   * @return where the next block begins
   */
  public static int writeScales(
      PanelLayout layout, float scale, int total, int[] out, int at, int step) {
    out[at] = Float.floatToRawIntBits(scale);
    if (!layout.hasMins()) {
      return at + step;
    }
    out[at + step] = Float.floatToRawIntBits(scale * LaneCodes.sum(total));
    return at + 2 * step;
  }
}
