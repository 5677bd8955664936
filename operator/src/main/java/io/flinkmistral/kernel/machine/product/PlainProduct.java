package io.flinkmistral.kernel.machine.product;

import io.flinkmistral.kernel.machine.codes.PanelFormat;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** What kernels compute, in plain loops: what they are held against when they are made. */
final class PlainProduct {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final int COLUMNS = PanelFormat.INPUTS;

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
      for (int group = 0; group < columns / format.columns(); group++) {
        add(row, group, tokens, out);
      }
    }
    return out;
  }

  /** Adds the products of a group of columns. */
  private void add(int row, int group, int tokens, float[] out) {
    long block = (long) (group / format.groups()) * format.blockBytes();
    long at = block + format.headBytes() + (long) (group % format.groups()) * format.groupBytes();
    float scale = scale(row, block, at);
    float offset = format.hasMins() ? offset(row, block, at, scale) : 0;
    for (int t = 0; t < tokens; t++) {
      int first = t * columns + group * format.columns();
      float inputScale = scales[first / PanelFormat.INPUTS];
      int sum = 0;
      int total = 0;
      for (int column = 0; column < format.columns(); column++) {
        sum += weight(row, column, at) * codes[first + column];
        total += codes[first + column];
      }
      int to = t * PanelFormat.ROWS + row;
      out[to] = Math.fma(sum, scale * inputScale, out[to]);
      if (format.hasMins()) {
        out[to] = Math.fma(offset, inputScale * total, out[to]);
      }
    }
  }

  private int weight(int row, int column, long at) {
    int half = column % (format.columns() / 2);
    int upper = column / (format.columns() / 2) * Short.SIZE;
    int code =
        switch (format.codes()) {
          case BYTES -> word(row, column / 4, at) >>> 24 - column % 4 * 8 & 255 ^ 128;
          case TWOS -> word(row, 0, at) >>> half * 2 + upper & 3;
          case FEW_NIBBLES, NIBBLES -> word(row, half / 4, at) >>> half % 4 * 4 + upper & 15;
          case FIVES -> five(row, half, upper, at);
          case SIXES ->
              half < 6
                  ? word(row, half / 2, at) >>> half % 2 * 6 + upper & 63
                  : word(row, half - 6, at) >>> 12 + upper & 15
                      | (word(row, 2, at) >>> 12 + 2 * (half - 6) + upper & 3) << 4;
        };
    return code - (1 << format.codes().centerBits());
  }

  private int five(int row, int half, int upper, long at) {
    if (half < 15) {
      return word(row, half / 3, at) >>> half % 3 * 5 + upper & 31;
    }
    int code = 0;
    for (int w = 0; w < 5; w++) {
      code |= (word(row, w, at) >>> 15 + upper & 1) << w;
    }
    return code;
  }

  private int word(int row, int w, long at) {
    return panel.get(INT, at + format.word(row, w));
  }

  private float scale(int row, long block, long at) {
    long scale = at + format.scale(row, false);
    return switch (format.scales()) {
      case HALF, HALF_AND_MIN -> half(scale);
      case HALF_TIMES_BYTE ->
          half(scale) * panel.get(ValueLayout.JAVA_BYTE, at + format.factor(row));
      case BYTE -> half(block + format.head(row, false)) * panel.get(ValueLayout.JAVA_BYTE, scale);
      case BYTE_AND_MIN -> half(block + format.head(row, false)) * unsigned(scale);
    };
  }

  private float offset(int row, long block, long at, float scale) {
    float center = scale * (1 << format.codes().centerBits());
    long min = at + format.scale(row, true);
    return format.hasHead()
        ? center - half(block + format.head(row, true)) * unsigned(min)
        : center + half(min);
  }

  private float half(long at) {
    return Float.float16ToFloat(panel.get(SHORT, at));
  }

  private int unsigned(long at) {
    return panel.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }
}
