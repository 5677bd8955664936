package io.flinkmistral.kernel;

import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Copies a matrix into {@link Panels}, panel by panel. */
final class PanelPacker {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final int ROWS = PanelLayout.ROWS;
  private static final int SCALED = PanelLayout.SCALED;

  private final Matrix matrix;
  private final Panels panels;
  private final AtomicBoolean finite = new AtomicBoolean(true);

  private PanelPacker(Matrix matrix, PanelLayout layout) {
    this.matrix = matrix;
    this.panels = Panels.allocate(layout, matrix.rows(), matrix.columns());
  }

  /**
   * The packed matrix, or nothing where halves or scales are infinite or not numbers: kernels widen
   * them by arithmetic that holds for finite ones only.
   */
  static Optional<Panels> pack(Matrix matrix, PanelLayout layout, WorkPool pool) {
    PanelPacker packer = new PanelPacker(matrix, layout);
    pool.run(packer.panels.count(), packer::pack);
    return packer.finite.get() ? Optional.of(packer.panels) : Optional.empty();
  }

  private void pack(int panel) {
    int rows = panels.rowsOf(panel);
    long rowBytes = matrix.rowBytes();
    MemorySegment source = matrix.data().asSlice((long) panel * ROWS * rowBytes, rows * rowBytes);
    MemorySegment target = panels.panel(panel);
    for (int row = 0; row < rows; row++) {
      MemorySegment from = source.asSlice(row * rowBytes, rowBytes);
      switch (panels.layout()) {
        case FLOAT -> packFloats(from, target, row);
        case HALF -> packHalves(from, target, row);
        case BFLOAT -> packShorts(from, target, row);
        case BYTE -> packBytes(from, target, row);
        case NIBBLE -> packNibbles(from, target, row);
      }
    }
    NativeMemory.release(source);
  }

  private void packFloats(MemorySegment from, MemorySegment target, int row) {
    for (long k = 0; k < matrix.columns(); k++) {
      target.set(INT, 4 * (k * ROWS + row), from.get(INT, 4 * k));
    }
  }

  private void packHalves(MemorySegment from, MemorySegment target, int row) {
    packShorts(from, target, row);
    for (long k = 0; k < matrix.columns(); k++) {
      checkHalf(from.get(SHORT, 2 * k));
    }
  }

  private void packShorts(MemorySegment from, MemorySegment target, int row) {
    for (long k = 0; k < matrix.columns(); k++) {
      target.set(SHORT, 2 * (k * ROWS + row), from.get(SHORT, 2 * k));
    }
  }

  private void packBytes(MemorySegment from, MemorySegment target, int row) {
    for (int block = 0; block < matrix.columns() / SCALED; block++) {
      long at = block * 34L;
      long to = (long) block * PanelLayout.BYTE.blockBytes();
      for (int k = 0; k < SCALED; k++) {
        byte code = from.get(ValueLayout.JAVA_BYTE, at + 2 + k);
        target.set(ValueLayout.JAVA_BYTE, to + (long) k * ROWS + row, code);
      }
      packScale(from.get(SHORT, at), target, to + SCALED * ROWS, row);
    }
  }

  /** The file has columns i and i + 16 of a block in byte i. */
  private void packNibbles(MemorySegment from, MemorySegment target, int row) {
    for (int block = 0; block < matrix.columns() / SCALED; block++) {
      long at = block * 18L;
      long to = (long) block * PanelLayout.NIBBLE.blockBytes();
      for (int eight = 0; eight < 4; eight++) {
        long bytes = from.get(ValueLayout.JAVA_LONG_UNALIGNED, at + 2 + eight % 2 * 8);
        int packed = eightNibbles(eight < 2 ? bytes : bytes >>> 4);
        target.set(INT, to + 4L * (eight * ROWS + row), packed);
      }
      packScale(from.get(SHORT, at), target, to + 4L * 4 * ROWS, row);
    }
  }

  /** The low nibbles of bytes 0, 2, 4, 6 in the low half, of bytes 1, 3, 5, 7 in the high one. */
  private static int eightNibbles(long bytes) {
    long even = Long.compress(bytes, 0x000f000f000f000fL);
    long odd = Long.compress(bytes, 0x0f000f000f000f00L);
    return (int) (even | odd << 16);
  }

  private void packScale(short scale, MemorySegment target, long scales, int row) {
    checkHalf(scale);
    target.set(SHORT, scales + 2L * row, scale);
  }

  private void checkHalf(short half) {
    if ((half & 0x7c00) == 0x7c00) {
      finite.set(false);
    }
  }
}
