package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/** Copies a matrix into {@link Panels}, panel by panel. */
final class PanelPacker {
  private static final int ROWS = PanelLayout.ROWS;

  /** Columns of a row that are copied at once. */
  private static final int CHUNK = 512;

  private final Matrix matrix;
  private final Panels panels;
  private final AtomicBoolean finite = new AtomicBoolean(true);

  /** Which no thread uses now. */
  private final Queue<BlockPacker> free = new ConcurrentLinkedQueue<>();

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
    DataType type = matrix.type();
    int rows = panels.rowsOf(panel);
    long rowBytes = matrix.rowBytes();
    MemorySegment source = matrix.data().asSlice((long) panel * ROWS * rowBytes, rows * rowBytes);
    MemorySegment packed = panels.panel(panel);
    BlockPacker packer = free.poll();
    if (packer == null) {
      packer = new BlockPacker(type, panels.group());
    }
    int step = Math.max(BlockPacker.COLUMNS, panels.layout().blockColumns());
    for (int column = 0; column < matrix.columns(); column += CHUNK) {
      int columns = Math.min(CHUNK, matrix.columns() - column);
      int length = Math.toIntExact(type.bytes(columns));
      packer.rows().read(source, rows, rowBytes, type.bytes(column), length);
      for (int k = 0; k < columns; k += step) {
        int first = Math.toIntExact(type.bytes(k));
        packer.rows().begin(first, packed, panels.layout().bytes(column + k));
        if (!packer.pack(Math.min(step, columns - k))) {
          finite.set(false);
        }
      }
    }
    free.add(packer);
    NativeMemory.release(source);
  }
}
