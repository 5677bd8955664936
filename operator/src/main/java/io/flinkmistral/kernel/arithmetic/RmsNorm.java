package io.flinkmistral.kernel.arithmetic;

/** Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019. */
public final class RmsNorm {
  private RmsNorm() {}

  /** What each number is multiplied by: {@code 1 / sqrt(squares / n + epsilon)}. */
  public static float factor(float squares, int n, float epsilon) {
    return 1f / (float) Math.sqrt(squares / n + epsilon);
  }
}
