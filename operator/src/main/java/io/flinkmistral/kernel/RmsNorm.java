package io.flinkmistral.kernel;

/** Zhang and Sennrich, "Root Mean Square Layer Normalization", 2019. */
final class RmsNorm {
  private RmsNorm() {}

  /** What each number is multiplied by: {@code 1 / sqrt(squares / n + epsilon)}. */
  static float factor(float squares, int n, float epsilon) {
    return 1f / (float) Math.sqrt(squares / n + epsilon);
  }
}
