package io.flinkmistral.kernel.arithmetic;

/**
 * The exponential function in single precision, the same bits on every host and vector width.
 *
 * <p>{@code exp(x) = 2^n * exp(r)} with {@code n = round(x / ln 2)} and {@code r = x - n * ln 2},
 * in two steps with a split {@code ln 2} (Cody and Waite, "Software Manual for the Elementary
 * Functions", chapter 6); {@code exp(r)} is its Taylor polynomial of degree 7, whose remainder on
 * {@code |r| <= ln 2 / 2} is below 2^-27. Vector code uses the same constants in the same order.
 */
public final class Exponential {
  /** Below it the result rounds to zero, also after clamping. */
  public static final float LEAST = -104f;

  /** Above it the result is infinite, also after clamping. */
  public static final float GREATEST = 89f;

  public static final float LOG2_E = 1.44269504f;

  /** {@code ln 2} in 15 bits, so that its product with any {@code n} here is exact. */
  public static final float LN2_HIGH = 0.693145752f;

  public static final float LN2_LOW = 1.42860677e-6f;

  /** 1.5 * 2^23: adding it rounds to an integer, which then stands in the lowest bits. */
  public static final float ROUND = 12582912f;

  public static final float C2 = 1f / 2;
  public static final float C3 = 1f / 6;
  public static final float C4 = 1f / 24;
  public static final float C5 = 1f / 120;
  public static final float C6 = 1f / 720;
  public static final float C7 = 1f / 5040;

  private Exponential() {}

  public static float exp(float x) {
    float clamped = Math.min(Math.max(x, LEAST), GREATEST);
    float rounded = Math.fma(clamped, LOG2_E, ROUND);
    float n = rounded - ROUND;
    float r = Math.fma(n, -LN2_HIGH, clamped);
    r = Math.fma(n, -LN2_LOW, r);
    float p = Math.fma(C7, r, C6);
    p = Math.fma(p, r, C5);
    p = Math.fma(p, r, C4);
    p = Math.fma(p, r, C3);
    p = Math.fma(p, r, C2);
    p = Math.fma(p, r, 1f);
    p = Math.fma(p, r, 1f);
    // 2^n in two factors: one alone would overflow for n = 128 and has no bits for n < -126.
    int exponent = Float.floatToRawIntBits(rounded) - Float.floatToRawIntBits(ROUND);
    int half = exponent >> 1;
    return p * powerOfTwo(half) * powerOfTwo(exponent - half);
  }

  /** {@code x / (1 + exp(-x))}: Elfwing et al., "Sigmoid-Weighted Linear Units", 2017. */
  public static float silu(float x) {
    return x / (1f + exp(-x));
  }

  private static float powerOfTwo(int exponent) {
    return Float.intBitsToFloat((exponent + 127) << 23);
  }
}
