package io.flinkmistral.kernel;

/** Loops along numbers, plain ones or vectors; contracts as in {@link Kernels}. */
interface Loops {
  float sumOfSquares(float[] in, int offset, int n);

  void addScaled(
      float factor, float[] source, int sourceOffset, float[] target, int targetOffset, int n);

  void scale(float factor, float[] target, int offset, int n);

  void add(float[] target, int targetOffset, float[] source, int sourceOffset, int n);

  float max(float[] values, int offset, int n);

  float expSum(float[] values, int offset, int n, float max, int firstLane);

  /** {@code out = in * factor * weight}. */
  void scaleBy(
      float[] in, int inOffset, float factor, float[] weight, int n, float[] out, int outOffset);

  void swiGlu(float[] gate, float[] up, int offset, int n);

  void widenBytes(Strided in, Strided out, int rows, int count, float[] scales, boolean ofRows);
}
