package io.flinkmistral.kernel;

import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Copies a matrix into {@link Panels}, panel by panel. */
final class PanelPacker {
  private static final int ROWS = PanelLayout.ROWS;

  /** Columns of a row that are copied at once. */
  private static final int CHUNK = 512;

  /** Columns that are packed at once, where a block has fewer. */
  private static final int LEAST = 32;

  private final Matrix matrix;
  private final Panels panels;
  private final AtomicBoolean finite = new AtomicBoolean(true);

  private PanelPacker(Matrix matrix, PanelLayout layout, int group, Arena arena) {
    this.matrix = matrix;
    this.panels = Panels.allocate(layout, group, matrix.rows(), matrix.columns(), arena);
  }

  /**
   * The packed matrix, or nothing where halves or scales are infinite or not numbers: kernels widen
   * them by arithmetic that holds for finite ones only.
   *
   * @param group rows that lie together; see {@link PanelLayout#group}
   */
  static Optional<Panels> pack(
      Matrix matrix, PanelLayout layout, int group, Arena arena, WorkPool pool) {
    PanelPacker packer = new PanelPacker(matrix, layout, group, arena);
    pool.run(packer.panels.count(), packer::pack);
    return packer.finite.get() ? Optional.of(packer.panels) : Optional.empty();
  }

  private void pack(int panel) {
    PanelLayout layout = panels.layout();
    int rows = panels.rowsOf(panel);
    long rowBytes = matrix.rowBytes();
    MemorySegment source = matrix.data().asSlice((long) panel * ROWS * rowBytes, rows * rowBytes);
    MemorySegment packed = panels.panel(panel);
    int step = Math.max(LEAST, layout.blockColumns());
    byte[] from = new byte[ROWS * Math.toIntExact(matrix.type().bytes(CHUNK))];
    byte[] to = new byte[Math.toIntExact(layout.bytes(step))];
    for (int column = 0; column < matrix.columns(); column += CHUNK) {
      int columns = Math.min(CHUNK, matrix.columns() - column);
      long at = matrix.type().bytes(column);
      int stride = Math.toIntExact(matrix.type().bytes(columns));
      for (int row = 0; row < rows; row++) {
        MemorySegment.copy(
            source, ValueLayout.JAVA_BYTE, row * rowBytes + at, from, row * stride, stride);
      }
      for (int k = 0; k < columns; k += step) {
        int count = Math.min(step, columns - k);
        int first = Math.toIntExact(matrix.type().bytes(k));
        BlockRows block = new BlockRows(from, first, stride, rows, panels.group(), to);
        if (!block.pack(matrix.type(), count)) {
          finite.set(false);
        }
        int length = Math.toIntExact(layout.bytes(count));
        long target = layout.bytes(column + k);
        MemorySegment.copy(to, 0, packed, ValueLayout.JAVA_BYTE, target, length);
      }
    }
    NativeMemory.release(source);
  }
}
