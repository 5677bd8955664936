package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.layout.Panels;
import io.flinkmistral.kernel.layout.WeightMatrix;
import io.flinkmistral.kernel.memory.NativeMemory;
import io.flinkmistral.kernel.packing.PanelPacker;
import io.flinkmistral.kernel.panel.PanelKernel;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * A matrix whose weights are multiplied as panels. Until they are packed for good, each product
 * packs them anew, some columns at a time, into memory that stays in a core's caches: for one
 * product that is much less than to fill new memory.
 *
 * <p>Packed by one thread and its pool, while nothing is multiplied with it.
 */
public final class PanelMatrix implements WeightMatrix {
  /** Memory of panels that are never kept: their shape is all that is asked for. */
  private static final SegmentAllocator NOTHING = (_, _) -> MemorySegment.NULL;

  private final Matrix matrix;
  private final PanelPacker packer;
  private final Panels panels;
  private volatile boolean packed;
  private volatile boolean finite = true;

  /**
   * @param memory where the packed weights will be
   */
  public PanelMatrix(Matrix matrix, PanelPacker packer, SegmentAllocator memory) {
    this.matrix = matrix;
    this.packer = packer;
    this.panels =
        Panels.allocate(
            packer.layout(), matrix.rows(), matrix.columns(), packer.keeps() ? memory : NOTHING);
  }

  @Override
  public int rows() {
    return matrix.rows();
  }

  @Override
  public int columns() {
    return matrix.columns();
  }

  /** The weights as their file has them. */
  public Matrix matrix() {
    return matrix;
  }

  /** The weights, once they are packed; before that their shape only. */
  public Panels panels() {
    return panels;
  }

  /** Whether {@link #panels} has the weights. */
  public boolean isPacked() {
    return packed;
  }

  /**
   * Whether no half or scale is known that is infinite or not a number. Kernels widen them by
   * arithmetic that holds for finite ones only: where this is false after a product, its outputs
   * are wrong.
   */
  public boolean isFinite() {
    return finite;
  }

  /** Packs the weights for good, if that pays, and gives the mapped file's pages back. */
  public void pack(WorkPool pool) {
    if (!packed && packer.keeps()) {
      pool.run(panels.count(), this::pack);
      packed = true;
    }
  }

  private void pack(int panel) {
    pack(panel, 0, matrix.columns(), panels.panel(panel));
    NativeMemory.release(fileRows(panel));
  }

  private MemorySegment fileRows(int panel) {
    long panelBytes = PanelLayout.ROWS * matrix.rowBytes();
    long bytes = panels.rowsOf(panel) * matrix.rowBytes();
    return matrix.data().asSlice(panel * panelBytes, bytes);
  }

  /**
   * Some columns of some panels: where they lie packed, or else are packed now.
   *
   * @param to room for them, to be packed into
   */
  public PanelKernel.Places read(
      int firstPanel, int count, int column, int columns, MemorySegment to) {
    if (packed) {
      long from = panels.panel(firstPanel).address() + panels.layout().bytes(column);
      return new PanelKernel.Places(from, count, panels.panelBytes());
    }
    long bytes = to.byteSize() / count;
    for (int i = 0; i < count; i++) {
      pack(firstPanel + i, column, columns, to.asSlice(i * bytes, bytes));
    }
    return new PanelKernel.Places(to.address(), count, bytes);
  }

  private void pack(int panel, int column, int columns, MemorySegment to) {
    if (!packer.pack(matrix, panel, column, columns, to)) {
      finite = false;
    }
  }
}
