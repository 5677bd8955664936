package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.NibbleBlock;

/** Products with inputs of 8 bits in plain loops: the oracle of {@link Precision#QUANTIZED}. */
final class QuantizedRows {
  private QuantizedRows() {}

  /** Whether inputs are quantised for such weights. */
  static boolean takes(DataType type) {
    return NibbleBlock.isOf(type);
  }

  /** Writes {@code out[t][r]}; see {@link QuantizedInput} for the formula. */
  static void multiply(Matrix matrix, float[] in, int tokens, float[] out, WorkPool pool) {
    int blocks = matrix.columns() / QuantizedInput.BLOCK;
    QuantizedInput[][] inputs = new QuantizedInput[tokens][blocks];
    for (int t = 0; t < tokens; t++) {
      for (int b = 0; b < blocks; b++) {
        inputs[t][b] = new QuantizedInput();
        inputs[t][b].quantize(in, t * matrix.columns() + b * QuantizedInput.BLOCK);
      }
    }
    pool.run(matrix.rows(), row -> multiplyRow(matrix, row, inputs, out));
  }

  private static void multiplyRow(
      Matrix matrix, int row, QuantizedInput[][] inputs, float[] out) {
    NibbleBlock[] weights = new NibbleBlock[matrix.columns() / QuantizedInput.BLOCK];
    for (int block = 0; block < weights.length; block++) {
      weights[block] = NibbleBlock.of(matrix, row, block);
    }
    for (int t = 0; t < inputs.length; t++) {
      float result = 0;
      for (int block = 0; block < weights.length; block++) {
        result = add(weights[block], inputs[t][block], result, matrix.type());
      }
      out[t * matrix.rows() + row] = result;
    }
  }

  private static float add(NibbleBlock weights, QuantizedInput input, float out, DataType type) {
    int sum = 0;
    for (int i = 0; i < QuantizedInput.BLOCK; i++) {
      sum += weights.codes()[i] * input.codes()[i];
    }
    float result = Math.fma(sum, weights.scale() * input.scale(), out);
    return type == DataType.Q4_K
        ? Math.fma(-weights.min(), input.scale() * input.sum(), result)
        : result;
  }
}
