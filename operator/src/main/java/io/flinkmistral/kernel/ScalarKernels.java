package io.flinkmistral.kernel;

import io.flinkmistral.kernel.arithmetic.Exponential;
import io.flinkmistral.kernel.arithmetic.LaneSum;
import io.flinkmistral.kernel.arithmetic.MatrixRows;
import io.flinkmistral.kernel.arithmetic.NumbersInPlace;
import io.flinkmistral.kernel.arithmetic.RmsNorm;
import io.flinkmistral.kernel.arithmetic.Strided;
import io.flinkmistral.kernel.layout.Product;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The oracle: every kernel as a plain loop, in the order of sums that all implementations keep.
 *
 * <p>A product of a row and an input is one chain of fused multiply-adds along the columns; the
 * sums of {@link #expSum} and {@link #rmsNorm} are those of {@link LaneSum}.
 */
public final class ScalarKernels implements Kernels {
  private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  private final Precision precision;

  public ScalarKernels() {
    this(Precision.EXACT);
  }

  public ScalarKernels(Precision precision) {
    this.precision = precision;
  }

  @Override
  public String description() {
    return "plain loops";
  }

  @Override
  public String arithmetic() {
    return precision.arithmetic();
  }

  @Override
  public boolean multipliesInPlainLoops(DataType type) {
    return true;
  }

  @Override
  public WeightMatrix prepare(Matrix matrix, SegmentAllocator memory) {
    return new MatrixView(matrix);
  }

  @Override
  public void multiply(List<Product> products, float[] in, int tokens, WorkPool pool) {
    products.forEach(product -> multiply(product, in, tokens, pool));
  }

  private void multiply(Product product, float[] in, int tokens, WorkPool pool) {
    float[] out = product.out();
    Matrix matrix = MatrixView.of(product.weights(), in, tokens, out);
    if (precision == Precision.QUANTIZED && QuantizedRows.takes(matrix.type())) {
      QuantizedRows.multiply(matrix, in, tokens, out, pool);
    } else {
      multiply(matrix, in, tokens, out, pool);
    }
  }

  private void multiply(Matrix matrix, float[] in, int tokens, float[] out, WorkPool pool) {
    pool.run(
        matrix.rows(),
        row -> {
          float[] w = new float[matrix.columns()];
          dequantizeRow(matrix, row, w, 0);
          for (int token = 0; token < tokens; token++) {
            out[token * matrix.rows() + row] = chain(w, in, token * w.length);
          }
        });
  }

  private static float chain(float[] w, float[] in, int inOffset) {
    float sum = 0;
    for (int k = 0; k < w.length; k++) {
      sum = Math.fma(w[k], in[inOffset + k], sum);
    }
    return sum;
  }

  @Override
  public void dequantizeRow(Matrix matrix, int row, float[] out, int outOffset) {
    MatrixRows.read(matrix, row, out, outOffset);
  }

  @Override
  public void rmsNorm(
      float[] in, int inOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
    float factor = RmsNorm.factor(sumOfSquares(in, inOffset, n), n, epsilon);
    for (int i = 0; i < n; i++) {
      out[outOffset + i] = in[inOffset + i] * factor * weight[i];
    }
  }

  @Override
  public void swiGlu(float[] gate, float[] up, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      gate[i] = Exponential.silu(gate[i]) * up[i];
    }
  }

  @Override
  public void add(float[] target, int targetOffset, float[] source, int sourceOffset, int n) {
    for (int i = 0; i < n; i++) {
      target[targetOffset + i] += source[sourceOffset + i];
    }
  }

  private static float sumOfSquares(float[] in, int offset, int n) {
    float[] lanes = new float[LaneSum.LANES];
    for (int i = 0; i < n; i++) {
      int lane = i % LaneSum.LANES;
      lanes[lane] = Math.fma(in[offset + i], in[offset + i], lanes[lane]);
    }
    return LaneSum.tree(lanes);
  }

  @Override
  public void addScaled(
      float factor, float[] source, int sourceOffset, float[] target, int targetOffset, int n) {
    for (int i = 0; i < n; i++) {
      target[targetOffset + i] =
          Math.fma(factor, source[sourceOffset + i], target[targetOffset + i]);
    }
  }

  @Override
  public void scale(float factor, float[] target, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      target[i] *= factor;
    }
  }

  @Override
  public float max(float[] values, int offset, int n) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = offset; i < offset + n; i++) {
      max = Math.max(max, values[i]);
    }
    return max;
  }

  @Override
  public float expSum(float[] values, int offset, int n, float max, int firstLane) {
    float[] lanes = new float[LaneSum.LANES];
    for (int i = 0; i < n; i++) {
      float exp = Exponential.exp(values[offset + i] - max);
      values[offset + i] = exp;
      lanes[(firstLane + i) % LaneSum.LANES] += exp;
    }
    return LaneSum.tree(lanes);
  }

  @Override
  public int panelInputs(int count) {
    return Math.min(count, 4);
  }

  @Override
  public void addPanel(
      MemorySegment panel, int columns, int[] in, int offset, int tokens, MemorySegment out) {
    for (int t = 0; t < tokens; t++) {
      for (int row = 0; row < PANEL; row++) {
        float sum = out.getAtIndex(FLOAT, t * PANEL + row);
        for (int k = 0; k < columns; k++) {
          float weight = panel.getAtIndex(FLOAT, k * PANEL + row);
          sum = Math.fma(weight, Float.intBitsToFloat(in[offset + k * tokens + t]), sum);
        }
        out.setAtIndex(FLOAT, t * PANEL + row, sum);
      }
    }
  }

  @Override
  public void addInPlace(
      NumbersInPlace panel, int columns, int rows, int[] in, int offset, MemorySegment out) {
    panel.check(columns, rows);
    for (int t = 0; t < IN_PLACE_INPUTS; t++) {
      for (int row = 0; row < rows; row++) {
        float sum = out.getAtIndex(FLOAT, t * PANEL + row);
        for (int k = 0; k < columns; k++) {
          float input = Float.intBitsToFloat(in[offset + k * IN_PLACE_INPUTS + t]);
          sum = Math.fma(number(panel, k, row), input, sum);
        }
        out.setAtIndex(FLOAT, t * PANEL + row, sum);
      }
    }
  }

  private static float number(NumbersInPlace panel, int column, int row) {
    return switch (panel) {
      case NumbersInPlace.Halves(Strided halves) -> halves.half(column, row);
      case NumbersInPlace.BytesOfScaledRows(Strided bytes, Strided scales) ->
          scales.half(column / NumbersInPlace.SCALED, row) * bytes.code(column, row);
      case NumbersInPlace.BytesOfScaledColumns(
              Strided bytes,
              int[] scales,
              int offset,
              int stride) -> {
        int scale = scales[offset + column * stride + row / NumbersInPlace.SCALED];
        yield Float.intBitsToFloat(scale) * bytes.code(column, row);
      }
    };
  }

  @Override
  public void widenHalves(Strided in, Strided out, int rows, int count) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < count; i++) {
        out.setFloat(row, i, in.half(row, i));
      }
    }
  }

  @Override
  public void widenBytes(
      Strided in, Strided out, int rows, int count, float[] scales, boolean ofRows) {
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < count; i++) {
        out.setFloat(row, i, scales[ofRows ? row : i] * in.code(row, i));
      }
    }
  }
}
