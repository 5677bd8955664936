package io.flinkmistral.kernel;

import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;

/** Rows of a matrix as floats. */
final class MatrixRows {
  private MatrixRows() {}

  static void read(Matrix matrix, int row, float[] out, int outOffset) {
    Dequantizer.dequantize(
        matrix.type(), matrix.data(), row * matrix.rowBytes(), out, outOffset, matrix.columns());
  }
}
