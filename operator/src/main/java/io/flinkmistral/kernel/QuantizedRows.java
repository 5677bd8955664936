package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Products with inputs of 8 bits in plain loops: the oracle of {@link Precision#QUANTIZED}. */
final class QuantizedRows {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private QuantizedRows() {}

  /** Whether inputs are quantised for such weights. */
  static boolean takes(DataType type) {
    return type == DataType.Q4_0;
  }

  /** Writes {@code out[t][r]}; see {@link QuantizedInput} for the formula. */
  static void multiply(Matrix matrix, float[] in, int tokens, float[] out, WorkPool pool) {
    int blocks = matrix.columns() / QuantizedInput.BLOCK;
    int[][][] codes = new int[tokens][blocks][QuantizedInput.BLOCK];
    float[][] scales = new float[tokens][blocks];
    for (int t = 0; t < tokens; t++) {
      for (int b = 0; b < blocks; b++) {
        int offset = t * matrix.columns() + b * QuantizedInput.BLOCK;
        scales[t][b] = QuantizedInput.quantize(in, offset, codes[t][b]);
      }
    }
    pool.run(
        matrix.rows(),
        row -> {
          for (int t = 0; t < tokens; t++) {
            out[t * matrix.rows() + row] = product(matrix.row(row), codes[t], scales[t]);
          }
        });
  }

  private static float product(MemorySegment row, int[][] codes, float[] scales) {
    float result = 0;
    for (int block = 0; block < scales.length; block++) {
      long at = (long) block * DataType.Q4_0.blockBytes();
      int sum = 0;
      for (int i = 0; i < 16; i++) {
        int pair = row.get(ValueLayout.JAVA_BYTE, at + 2 + i);
        sum += ((pair & 15) - 8) * codes[block][i];
        sum += ((pair >> 4 & 15) - 8) * codes[block][i + 16];
      }
      float scale = Float.float16ToFloat(row.get(SHORT, at));
      result = Math.fma(sum, scale * scales[block], result);
    }
    return result;
  }
}
