package io.flinkmistral.kernel;

import io.flinkmistral.tensor.Matrix;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Copies a matrix into {@link Panels}, panel by panel. */
final class PanelPacker {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int ROWS = PanelLayout.ROWS;
  private static final int SCALED = PanelLayout.SCALED;

  /** Columns of a row that are copied at once. */
  private static final int CHUNK = 512;

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
    MemorySegment packed = panels.panel(panel);
    byte[] from = new byte[ROWS * Math.toIntExact(matrix.type().bytes(CHUNK))];
    byte[] to = new byte[Math.toIntExact(panels.layout().bytes(SCALED))];
    for (int column = 0; column < matrix.columns(); column += CHUNK) {
      int columns = Math.min(CHUNK, matrix.columns() - column);
      long at = matrix.type().bytes(column);
      int stride = Math.toIntExact(matrix.type().bytes(columns));
      for (int row = 0; row < rows; row++) {
        MemorySegment.copy(
            source, ValueLayout.JAVA_BYTE, row * rowBytes + at, from, row * stride, stride);
      }
      for (int k = 0; k < columns; k += SCALED) {
        int count = Math.min(SCALED, columns - k);
        pack(from, Math.toIntExact(matrix.type().bytes(k)), stride, rows, count, to);
        int length = Math.toIntExact(panels.layout().bytes(count));
        long target = panels.layout().bytes(column + k);
        MemorySegment.copy(to, 0, packed, ValueLayout.JAVA_BYTE, target, length);
      }
    }
    NativeMemory.release(source);
  }

  /**
   * Packs at most 32 columns.
   *
   * @param first where those of the first row start in {@code from}
   * @param stride bytes from row to row
   */
  private void pack(byte[] from, int first, int stride, int rows, int columns, byte[] to) {
    switch (panels.layout()) {
      case FLOAT -> packFloats(from, first, stride, rows, columns, to);
      case HALF -> {
        packShorts(from, first, stride, rows, columns, to);
        for (int row = 0; row < rows; row++) {
          for (int k = 0; k < columns; k++) {
            checkHalf((short) SHORT.get(to, 2 * (k * ROWS + row)));
          }
        }
      }
      case BFLOAT -> packShorts(from, first, stride, rows, columns, to);
      case BYTE -> {
        packBytes(from, first, stride, rows, to);
        packScales(from, first, stride, rows, to, SCALED * ROWS);
      }
      case NIBBLE -> {
        packNibbles(from, first, stride, rows, to);
        packScales(from, first, stride, rows, to, 4 * 4 * ROWS);
      }
    }
  }

  private static void packFloats(
      byte[] from, int first, int stride, int rows, int columns, byte[] to) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < columns; k++) {
        INT.set(to, 4 * (k * ROWS + row), (int) INT.get(from, first + row * stride + 4 * k));
      }
    }
  }

  private static void packShorts(
      byte[] from, int first, int stride, int rows, int columns, byte[] to) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < columns; k++) {
        SHORT.set(to, 2 * (k * ROWS + row), (short) SHORT.get(from, first + row * stride + 2 * k));
      }
    }
  }

  private static void packBytes(byte[] from, int first, int stride, int rows, byte[] to) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < SCALED; k++) {
        to[k * ROWS + row] = from[first + row * stride + 2 + k];
      }
    }
  }

  /** The file has columns i and i + 16 of a block in byte i. */
  private static void packNibbles(byte[] from, int first, int stride, int rows, byte[] to) {
    for (int row = 0; row < rows; row++) {
      int at = first + row * stride;
      long low = (long) LONG.get(from, at + 2);
      long high = (long) LONG.get(from, at + 10);
      INT.set(to, 4 * row, eightNibbles(low));
      INT.set(to, 4 * (ROWS + row), eightNibbles(high));
      INT.set(to, 4 * (2 * ROWS + row), eightNibbles(low >>> 4));
      INT.set(to, 4 * (3 * ROWS + row), eightNibbles(high >>> 4));
    }
  }

  /** The low nibbles of bytes 0, 2, 4, 6 in the low half, of bytes 1, 3, 5, 7 in the high one. */
  private static int eightNibbles(long bytes) {
    long even = Long.compress(bytes, 0x000f000f000f000fL);
    long odd = Long.compress(bytes, 0x0f000f000f000f00L);
    return (int) (even | odd << 16);
  }

  private void packScales(byte[] from, int first, int stride, int rows, byte[] to, int scales) {
    for (int row = 0; row < rows; row++) {
      short scale = (short) SHORT.get(from, first + row * stride);
      checkHalf(scale);
      SHORT.set(to, scales + 2 * row, scale);
    }
  }

  private void checkHalf(short half) {
    if ((half & 0x7c00) == 0x7c00) {
      finite.set(false);
    }
  }
}
