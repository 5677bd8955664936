package io.flinkmistral.kernel.packing;

import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.vector.PanelMatrix;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Packs panels of matrices of one format, on any number of threads. */
public final class PanelPacker {
  private static final int ROWS = PanelLayout.ROWS;

  /**
   * Columns of a row that are copied at once: the memory is read in pieces of so many, and those of
   * all rows stay in a core's second cache.
   */
  public static final int CHUNK = 4096;

  /**
   * Columns that are packed in one call: so few repeats that HotSpot compiles the method, and not
   * its loop by itself before; see {@link KernelWarmUp}.
   */
  private static final int PART = 1024;

  private final DataType type;
  private final PanelLayout layout;
  private final BlockRows.Tiles tiles;

  /** Which no thread uses now. */
  private final Queue<BlockPacker> free = new ConcurrentLinkedQueue<>();

  /**
   * @param layout that of the format, or FLOAT for any
   * @param tiles of rows, to be taken at once
   */
  public PanelPacker(DataType type, PanelLayout layout, BlockRows.Tiles tiles) {
    this.type = type;
    this.layout = layout;
    this.tiles = tiles;
  }

  public PanelLayout layout() {
    return layout;
  }

  /** Whether what is packed is kept; see {@link PanelLayout#widens}. */
  public boolean keeps() {
    return !layout.widens(type.format());
  }

  /**
   * Packs some columns of a panel; rows that it lacks become zero.
   *
   * @param matrix of this packer's format
   * @param firstColumn of a block
   * @param count columns of whole blocks
   * @param to where the first of these blocks goes
   * @return whether all halves and scales are finite; see {@link PanelMatrix#isFinite}
   */
  public boolean pack(Matrix matrix, int panel, int firstColumn, int count, MemorySegment to) {
    int firstRow = panel * ROWS;
    int rows = Math.min(ROWS, matrix.rows() - firstRow);
    long rowBytes = matrix.rowBytes();
    long from = firstRow * rowBytes + type.bytes(firstColumn);
    long target = to.asSlice(0, layout.bytes(count)).address();
    BlockPacker packer =
        Objects.requireNonNullElseGet(free.poll(), () -> new BlockPacker(type, layout, tiles));
    boolean finite = true;
    for (int column = 0; column < count; column += CHUNK) {
      int columns = Math.min(CHUNK, count - column);
      int length = Math.toIntExact(type.bytes(columns));
      packer.rows().read(matrix.data(), from + type.bytes(column), rows, rowBytes, length);
      for (int k = 0; k < columns; k += PART) {
        long part = target + layout.bytes(column + k);
        finite &= packRead(packer, k, Math.min(PART, columns - k), part);
      }
    }
    free.add(packer);
    Reference.reachabilityFence(to);
    return finite;
  }

  /** Packs some of the columns that were read. */
  private boolean packRead(BlockPacker packer, int column, int count, long to) {
    int step = packer.columns();
    int fromBytes = Math.toIntExact(type.bytes(step));
    long toBytes = layout.bytes(step);
    int from = Math.toIntExact(type.bytes(column));
    boolean finite = true;
    for (int k = 0; k < count; k += step) {
      packer.rows().begin(from, to);
      finite &= packer.pack(Math.min(step, count - k));
      from += fromBytes;
      to += toBytes;
    }
    return finite;
  }
}
