package io.flinkmistral.kernel;

/** What {@link VectorKernels} does with vectors of one width. */
interface Lanes extends Loops {
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
}
