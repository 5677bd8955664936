package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.VectorKernels;
import io.flinkmistral.kernel.arithmetic.Strided;

/** What {@link VectorKernels} does with vectors of one width; contracts as in {@link Kernels}. */
public interface Lanes {
  /** Rows of a panel. */
  int PANEL = 16;

  /** Most tokens of one {@link #multiplyPanel}. */
  int TOKENS = 4;

  /**
   * Inputs times 16 rows: {@code out[t][r] = sum over k of panel[k][r] * in[t][k]}, each one chain
   * of fused multiply-adds along k.
   *
   * @param panel (columns, 16)
   * @param in (tokens, columns), from {@code inOffset}
   * @param tokens from 1 to {@link #TOKENS}
   * @param out (tokens, 16)
   */
  void multiplyPanel(float[] panel, int columns, float[] in, int inOffset, int tokens, float[] out);

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
