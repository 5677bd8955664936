package io.flinkmistral.kernel;

import io.flinkmistral.tensor.CodeBlock;
import io.flinkmistral.tensor.CodeFormat;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;

/** Products with inputs of 8 bits in plain loops: the oracle of {@link Precision#QUANTIZED}. */
final class QuantizedRows {
  private QuantizedRows() {}

  /** Whether inputs are quantised for such weights. */
  static boolean takes(DataType type) {
    return type.format() instanceof CodeFormat;
  }

  /**
   * Writes {@code out[t][r]}; see {@link QuantizedInput} for the formula.
   *
   * @param matrix of a type that this {@link #takes}
   */
  static void multiply(Matrix matrix, float[] in, int tokens, float[] out, WorkPool pool) {
    int blocks = matrix.columns() / QuantizedInput.BLOCK;
    QuantizedInput[][] inputs = new QuantizedInput[tokens][blocks];
    for (int t = 0; t < tokens; t++) {
      for (int b = 0; b < blocks; b++) {
        inputs[t][b] = new QuantizedInput();
        inputs[t][b].quantize(in, t * matrix.columns() + b * QuantizedInput.BLOCK);
      }
    }
    CodeFormat format = (CodeFormat) matrix.type().format();
    pool.run(matrix.rows(), row -> multiplyRow(matrix, format, row, inputs, out));
  }

  private static void multiplyRow(
      Matrix matrix, CodeFormat format, int row, QuantizedInput[][] inputs, float[] out) {
    int length = format.groupLength();
    CodeBlock[] weights = new CodeBlock[matrix.columns() / length];
    for (int block = 0; block < weights.length; block++) {
      weights[block] = CodeBlock.of(format, matrix.row(row), block);
    }
    boolean hasOffset = format.minAt().isPresent();
    for (int t = 0; t < inputs.length; t++) {
      float result = 0;
      for (int block = 0; block < weights.length; block++) {
        int column = block * length;
        QuantizedInput input = inputs[t][column / QuantizedInput.BLOCK];
        result = add(weights[block], input, column % QuantizedInput.BLOCK, result, hasOffset);
      }
      out[t * matrix.rows() + row] = result;
    }
  }

  /**
   * @param first of the input's numbers
   */
  private static float add(
      CodeBlock weights, QuantizedInput input, int first, float out, boolean hasOffset) {
    int sum = 0;
    int inputs = 0;
    for (int i = 0; i < weights.codes().length; i++) {
      sum += weights.codes()[i] * input.codes()[first + i];
      inputs += input.codes()[first + i];
    }
    float result = Math.fma(sum, weights.scale() * input.scale(), out);
    return hasOffset ? Math.fma(weights.offset(), input.scale() * inputs, result) : result;
  }
}
