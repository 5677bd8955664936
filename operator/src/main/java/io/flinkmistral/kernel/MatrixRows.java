package io.flinkmistral.kernel;

import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Rows of a matrix as floats. */
final class MatrixRows {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private MatrixRows() {}

  static void read(Matrix matrix, int row, float[] out, int outOffset) {
    MemorySegment data = matrix.row(row);
    int n = matrix.columns();
    switch (matrix.type()) {
      case F32 -> MemorySegment.copy(data, FLOAT, 0, out, outOffset, n);
      case F16 -> HalfPrecision.read(data, 0, out, outOffset, n);
      case BF16 -> {
        for (int i = 0; i < n; i++) {
          out[outOffset + i] = Float.intBitsToFloat(data.getAtIndex(SHORT, i) << 16);
        }
      }
      case Q8_0 -> q8(data, n, out, outOffset);
      case Q4_0 -> q4(data, n, out, outOffset);
      case Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K, IQ4_NL ->
          throw new UnsupportedOperationException(
              "weights of type %s cannot be read yet".formatted(matrix.type()));
    }
  }

  private static void q8(MemorySegment data, int n, float[] out, int outOffset) {
    for (int block = 0; block < n / 32; block++) {
      long at = block * 34L;
      float scale = Float.float16ToFloat(data.get(SHORT, at));
      for (int i = 0; i < 32; i++) {
        out[outOffset + 32 * block + i] = scale * data.get(ValueLayout.JAVA_BYTE, at + 2 + i);
      }
    }
  }

  private static void q4(MemorySegment data, int n, float[] out, int outOffset) {
    for (int block = 0; block < n / 32; block++) {
      long at = block * 18L;
      float scale = Float.float16ToFloat(data.get(SHORT, at));
      for (int i = 0; i < 16; i++) {
        int pair = data.get(ValueLayout.JAVA_BYTE, at + 2 + i);
        out[outOffset + 32 * block + i] = scale * ((pair & 15) - 8);
        out[outOffset + 32 * block + 16 + i] = scale * ((pair >> 4 & 15) - 8);
      }
    }
  }
}
