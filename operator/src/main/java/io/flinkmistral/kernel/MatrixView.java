package io.flinkmistral.kernel;

import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.tensor.Matrix;

/** Weights that are read from the file's own layout. */
record MatrixView(Matrix matrix) implements WeightMatrix {
  @Override
  public int rows() {
    return matrix.rows();
  }

  @Override
  public int columns() {
    return matrix.columns();
  }

  /** The matrix behind {@code weights}, after a check of all sizes of a product. */
  static Matrix of(WeightMatrix weights, float[] in, int tokens, float[] out) {
    if (!(weights instanceof MatrixView view)) {
      throw new IllegalArgumentException(
          "these weights were prepared by other kernels: " + weights.getClass().getName());
    }
    checkSizes(weights, in, tokens, out);
    return view.matrix;
  }

  static void checkSizes(WeightMatrix weights, float[] in, int tokens, float[] out) {
    long inputs = (long) tokens * weights.columns();
    long outputs = (long) tokens * weights.rows();
    if (tokens < 1 || in.length < inputs || out.length < outputs) {
      throw new IllegalArgumentException(
          "%d tokens through a %d x %d matrix take %d numbers in and %d out, but there are %d and %d"
              .formatted(
                  tokens,
                  weights.rows(),
                  weights.columns(),
                  inputs,
                  outputs,
                  in.length,
                  out.length));
    }
  }
}
