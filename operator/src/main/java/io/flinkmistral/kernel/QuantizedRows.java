package io.flinkmistral.kernel;

import io.flinkmistral.kernel.layout.QuantizedInput;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tensor.format.BlockFormat;
import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.CodeBlock;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.tensor.format.PlainFormat;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.IntFunction;

/** Products with inputs of 8 bits in plain loops: the oracle of {@link Precision#QUANTIZED}. */
final class QuantizedRows {
  private QuantizedRows() {}

  /** Whether inputs are quantised for such weights. */
  static boolean takes(DataType type) {
    return switch (type.format()) {
      case CodeFormat _, ByteFormat _ -> true;
      case PlainFormat _, BlockFormat _ -> false;
    };
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
    pool.run(matrix.rows(), row -> multiplyRow(matrix, row, inputs, out));
  }

  /**
   * Weights that have one scale.
   *
   * @param length of each
   */
  private record Groups(int length, boolean haveOffsets, IntFunction<CodeBlock> group) {}

  private static Groups groups(Matrix matrix, int row) {
    MemorySegment data = matrix.row(row);
    return switch (matrix.type().format()) {
      case CodeFormat format ->
          new Groups(
              format.groupLength(),
              format.minAt().isPresent(),
              group -> CodeBlock.of(format, data, group));
      case ByteFormat format ->
          new Groups(ByteFormat.GROUP, false, group -> CodeBlock.of(format, data, group));
      case PlainFormat _, BlockFormat _ -> throw new IllegalArgumentException(matrix.toString());
    };
  }

  private static void multiplyRow(Matrix matrix, int row, QuantizedInput[][] inputs, float[] out) {
    Groups groups = groups(matrix, row);
    int length = groups.length();
    CodeBlock[] weights = new CodeBlock[matrix.columns() / length];
    Arrays.setAll(weights, groups.group());
    for (int t = 0; t < inputs.length; t++) {
      float result = 0;
      for (int block = 0; block < weights.length; block++) {
        int column = block * length;
        QuantizedInput input = inputs[t][column / QuantizedInput.BLOCK];
        result =
            add(weights[block], input, column % QuantizedInput.BLOCK, result, groups.haveOffsets());
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
