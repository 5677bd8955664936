package io.flinkmistral.kernel;

import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;

/** Kernels on vectors of 128, 256 or 512 bits: the same bits as {@link ScalarKernels}. */
public final class VectorKernels implements Kernels {
  private final Lanes lanes;
  private final int bits;
  private final Queue<PanelProduct.Scratch> scratch = new ConcurrentLinkedQueue<>();

  private VectorKernels(int bits) {
    this.bits = bits;
    this.lanes = VectorLanes.ofShape(VectorShape.forBitSize(bits));
  }

  /**
   * Kernels on vectors of one width.
   *
   * @param bits one of {@link #widths}
   */
  public static VectorKernels ofWidth(int bits) {
    if (!widths().contains(bits)) {
      throw new IllegalArgumentException(
          "vectors of %d bits: this CPU has kernels for %s".formatted(bits, widths()));
    }
    return new VectorKernels(bits);
  }

  /** Kernels on the widest vectors of this CPU. */
  static VectorKernels widest() {
    return new VectorKernels(widths().getLast());
  }

  /** Bits of the vectors that this CPU can do, the widest last. */
  public static List<Integer> widths() {
    int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    return Stream.of(128, 256, 512).filter(bits -> bits <= widest).toList();
  }

  /** Bits of a vector. */
  public int bits() {
    return bits;
  }

  @Override
  public String arithmetic() {
    return ScalarKernels.ARITHMETIC;
  }

  @Override
  public WeightMatrix prepare(Matrix matrix) {
    return new MatrixView(matrix);
  }

  @Override
  public void multiply(WeightMatrix weights, float[] in, int tokens, float[] out, WorkPool pool) {
    Matrix matrix = MatrixView.of(weights, in, tokens, out);
    PanelProduct product = new PanelProduct(lanes, matrix, in, tokens, out, scratch);
    pool.run(product.panels(), product::compute);
  }

  @Override
  public void dequantizeRow(Matrix matrix, int row, float[] out, int outOffset) {
    MatrixRows.read(matrix, row, out, outOffset);
  }

  @Override
  public void rmsNorm(
      float[] in, int inOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
    float factor = RmsNorm.factor(lanes.dot(in, inOffset, in, inOffset, n), n, epsilon);
    lanes.scaleBy(in, inOffset, factor, weight, n, out, outOffset);
  }

  @Override
  public void swiGlu(float[] gate, float[] up, int offset, int n) {
    lanes.swiGlu(gate, up, offset, n);
  }

  @Override
  public void add(float[] target, int targetOffset, float[] source, int sourceOffset, int n) {
    lanes.add(target, targetOffset, source, sourceOffset, n);
  }

  @Override
  public float dot(float[] a, int aOffset, float[] b, int bOffset, int n) {
    return lanes.dot(a, aOffset, b, bOffset, n);
  }

  @Override
  public void addScaled(
      float factor, float[] source, int sourceOffset, float[] target, int targetOffset, int n) {
    lanes.addScaled(factor, source, sourceOffset, target, targetOffset, n);
  }

  @Override
  public void scale(float factor, float[] target, int offset, int n) {
    lanes.scale(factor, target, offset, n);
  }

  @Override
  public float max(float[] values, int offset, int n) {
    return lanes.max(values, offset, n);
  }

  @Override
  public float expSum(float[] values, int offset, int n, float max, int firstLane) {
    return lanes.expSum(values, offset, n, max, firstLane);
  }

  @Override
  public void toHalf(float[] in, int inOffset, MemorySegment out, long outByteOffset, int n) {
    HalfPrecision.write(in, inOffset, out, outByteOffset, n);
  }

  @Override
  public void fromHalf(MemorySegment in, long inByteOffset, float[] out, int outOffset, int n) {
    HalfPrecision.read(in, inByteOffset, out, outOffset, n);
  }
}
