package io.flinkmistral.kernel.machine.product;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** What kernels compute, in plain loops: what they are held against when they are made. */
final class PlainProduct {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int COLUMNS = PanelFormat.COLUMNS;

  private final PanelFormat format;
  private final MemorySegment panel;
  private final float[] in;
  private final int columns;
  private final byte[] codes;
  private final float[] scales;

  /**
   * @param in (tokens, columns)
   */
  PlainProduct(PanelFormat format, MemorySegment panel, float[] in, int columns) {
    this.format = format;
    this.panel = panel;
    this.in = in;
    this.columns = columns;
    this.codes = new byte[in.length];
    this.scales = new float[in.length / COLUMNS];
    for (int block = 0; block < scales.length; block++) {
      round(block);
    }
  }

  private void round(int block) {
    float greatest = 0;
    for (int i = block * COLUMNS; i < (block + 1) * COLUMNS; i++) {
      greatest = Math.max(greatest, Math.abs(in[i]));
    }
    if (greatest < 1e-30f) {
      return;
    }
    if (!(greatest <= Float.MAX_VALUE)) {
      scales[block] = Float.NaN;
      return;
    }
    scales[block] = greatest / 127;
    for (int i = block * COLUMNS; i < (block + 1) * COLUMNS; i++) {
      // Exact, as numbers of 64 bits: it is rounded once only.
      codes[i] = (byte) Math.rint((double) in[i] * (127 / greatest));
    }
  }

  /** The (tokens, 64) outputs. */
  float[] outputs() {
    int tokens = in.length / columns;
    float[] out = new float[tokens * PanelFormat.ROWS];
    for (int row = 0; row < PanelFormat.ROWS; row++) {
      for (int block = 0; block < columns / COLUMNS; block++) {
        add(row, block, tokens, out);
      }
    }
    return out;
  }

  private void add(int row, int block, int tokens, float[] out) {
    long at = (long) block * format.blockBytes();
    int[] weights = new int[COLUMNS];
    for (int column = 0; column < COLUMNS; column++) {
      int word = panel.get(INT, at + format.word(row, column % 16 / 4));
      int shift = column % 4 * 4 + column / 16 * 16;
      weights[column] = (word >>> shift & 15) - PanelFormat.CENTER;
    }
    float scale = Float.float16ToFloat(panel.get(SHORT, at + format.scale(row)));
    for (int t = 0; t < tokens; t++) {
      int first = t * columns + block * COLUMNS;
      int sum = 0;
      for (int column = 0; column < COLUMNS; column++) {
        sum += weights[column] * codes[first + column];
      }
      int to = t * PanelFormat.ROWS + row;
      out[to] = Math.fma(sum, scale * scales[first / COLUMNS], out[to]);
    }
  }
}
