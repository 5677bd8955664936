package io.flinkmistral.kernel.arithmetic;

import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;

/** Rows of a matrix as floats. */
public final class MatrixRows {
  private MatrixRows() {}

  public static void read(Matrix matrix, int row, float[] out, int outOffset) {
    Dequantizer.dequantize(
        matrix.type(), matrix.data(), row * matrix.rowBytes(), out, outOffset, matrix.columns());
  }
}
