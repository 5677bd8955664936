package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.KScales;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Some columns of a panel's rows, in their file's layout, to be packed; see {@link PanelLayout} for
 * where things go.
 *
 * @param from bytes of the rows
 * @param first where those of the first row start
 * @param stride bytes from row to row
 * @param rows how many
 * @param group rows that lie together; see {@link PanelLayout#group}
 * @param to receives a block, or more columns of a layout whose blocks are smaller
 */
record BlockRows(byte[] from, int first, int stride, int rows, int group, byte[] to) {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int ROWS = PanelLayout.ROWS;
  private static final int WORD = Integer.BYTES;

  /** The low nibble of each byte. */
  private static final long LOW = 0x0f0f0f0f0f0f0f0fL;

  private static final short ONE = Float.floatToFloat16(1);

  /** Packs {@code columns} columns; whether all halves are finite. */
  boolean pack(DataType type, int columns) {
    return switch (type) {
      case F32 -> floats(columns);
      case F16 -> shorts(columns) && areFinite(columns);
      case BF16 -> shorts(columns);
      case Q8_0, Q5_0, IQ4_NL -> bytes(type);
      case Q4_0 -> q40();
      case Q4_K -> q4K();
      case Q5_K -> q5K();
      case Q6_K -> q6K();
      case Q4_1, Q5_1, Q2_K, Q3_K -> throw new IllegalArgumentException(type + " has no panels");
    };
  }

  private boolean floats(int columns) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < columns; k++) {
        INT.set(to, 4 * (k * ROWS + row), (int) INT.get(from, at(row) + 4 * k));
      }
    }
    return true;
  }

  private boolean shorts(int columns) {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < columns; k++) {
        SHORT.set(to, 2 * (k * ROWS + row), (short) SHORT.get(from, at(row) + 2 * k));
      }
    }
    return true;
  }

  private boolean areFinite(int columns) {
    boolean finite = true;
    for (int i = 0; i < columns * ROWS; i++) {
      finite &= isFinite((short) SHORT.get(to, 2 * i));
    }
    return finite;
  }

  /**
   * A part of a block: for each group of rows {@code bytes} of each row, and then the next group.
   *
   * @param begin of the first group
   * @param groupBits bits of the number of a row in its group: a division for each number would
   *     take as long as all else
   */
  private record Part(int begin, int bytes, int groupBits) {
    /**
     * Where a row's number is.
     *
     * @param offset bytes of each row before the numbers
     * @param size of a number
     */
    int at(int offset, int size, int row) {
      int first = row >>> groupBits << groupBits;
      return begin + first * bytes + (offset << groupBits) + (row - first) * size;
    }

    /** Bytes from one of a row's numbers to its next one. */
    int step(int size) {
      return size << groupBits;
    }
  }

  /** All rows of the panel as one group. */
  private static Part whole(int begin) {
    return new Part(begin, 0, Integer.numberOfTrailingZeros(ROWS));
  }

  private Part grouped(int begin, int bytes) {
    return new Part(begin, bytes, Integer.numberOfTrailingZeros(group));
  }

  private boolean bytes(DataType type) {
    Part part = grouped(0, 2 + 32);
    if (type == DataType.Q8_0) {
      for (int row = 0; row < rows; row++) {
        bytes(from, at(row) + 2, part, row);
      }
    } else {
      dequantizedBytes(type, part);
    }
    return halves(0, part, 0);
  }

  /** Weights for scale 1, which are whole numbers. */
  private void dequantizedBytes(DataType type, Part part) {
    byte[] block = new byte[type.blockBytes()];
    MemorySegment source = MemorySegment.ofArray(block);
    float[] weights = new float[32];
    byte[] codes = new byte[weights.length];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(from, at(row), block, 0, block.length);
      SHORT.set(block, 0, ONE);
      Dequantizer.dequantize(type, source, 0, weights, 0, weights.length);
      for (int k = 0; k < codes.length; k++) {
        codes[k] = (byte) weights[k];
      }
      bytes(codes, 0, part, row);
    }
  }

  /** A row's 32 codes, from {@code source} on. */
  private void bytes(byte[] codes, int source, Part part, int row) {
    int target = part.at(2, WORD, row);
    for (int k = 0; k < 32; k += WORD) {
      // The first at the top.
      INT.set(to, target, Integer.reverseBytes((int) INT.get(codes, source + k)));
      target += part.step(WORD);
    }
  }

  private int at(int row) {
    return first + row * stride;
  }

  /** Copies a half of each row, {@code offset} bytes into the block. */
  private boolean halves(int offset, Part part, int target) {
    boolean finite = true;
    for (int row = 0; row < rows; row++) {
      short half = (short) SHORT.get(from, at(row) + offset);
      finite &= isFinite(half);
      SHORT.set(to, part.at(target, 2, row), half);
    }
    return finite;
  }

  private static boolean isFinite(short half) {
    return (half & 0x7c00) != 0x7c00;
  }

  private boolean q40() {
    Part part = grouped(0, 16 + 2);
    for (int row = 0; row < rows; row++) {
      // Column i and, above it, i + 16 of a block are in byte i.
      long a = (long) LONG.get(from, at(row) + 2);
      long b = (long) LONG.get(from, at(row) + 10);
      nibbles(row, part, a & LOW, b & LOW, a >>> 4 & LOW, b >>> 4 & LOW);
    }
    return halves(0, part, 4 * WORD);
  }

  /** A row's 32 codes, each in a byte. */
  private void nibbles(int row, Part part, long a, long b, long c, long d) {
    int target = part.at(0, WORD, row);
    int step = part.step(WORD);
    long low = Long.compress(a, LOW) | Long.compress(b, LOW) << 32;
    long high = Long.compress(c, LOW) | Long.compress(d, LOW) << 32;
    for (int word = 0; word < 4; word++) {
      INT.set(to, target, word(low >>> 16 * word, high >>> 16 * word));
      target += step;
    }
  }

  /** A word of two lanes, the lowest bits of each number. */
  private static int word(long low, long high) {
    return (int) low & 0xffff | (int) high << 16;
  }

  private boolean q4K() {
    boolean finite = halves(0, whole(0), 0) & halves(2, whole(2 * ROWS), 0);
    for (int group = 0; group < 8; group++) {
      int bytes = 16 + 1 + 1;
      Part part = grouped((2 + 2 + group * bytes) * ROWS, bytes);
      for (int row = 0; row < rows; row++) {
        int codes = at(row) + 16;
        nibbles(
            row,
            part,
            nibbles(codes, group, 0),
            nibbles(codes, group, 8),
            nibbles(codes, group, 16),
            nibbles(codes, group, 24));
      }
      scales(group, part, 4 * WORD);
    }
    return finite;
  }

  /** Eight nibbles of a group of Q4_K or Q5_K, each in a byte; a row's begin at {@code start}. */
  private long nibbles(int start, int group, int column) {
    return (long) LONG.get(from, start + 32 * (group / 2) + column) >>> group % 2 * 4 & LOW;
  }

  /** Scale and min of a group of Q4_K or Q5_K. */
  private void scales(int group, Part part, int target) {
    int quad = group / 4;
    int shift = group % 4 * Byte.SIZE;
    for (int row = 0; row < rows; row++) {
      int a = (int) INT.get(from, at(row) + 4);
      int b = (int) INT.get(from, at(row) + 8);
      int c = (int) INT.get(from, at(row) + 12);
      int byteOfRow = part.at(target, 1, row);
      to[byteOfRow] = (byte) (KScales.scales(quad, a, c) >>> shift);
      to[byteOfRow + part.step(1)] = (byte) (KScales.mins(quad, b, c) >>> shift);
    }
  }

  private boolean q5K() {
    boolean finite = halves(0, whole(0), 0) & halves(2, whole(2 * ROWS), 0);
    for (int group = 0; group < 8; group++) {
      int bytes = 5 * WORD + 1 + 1;
      Part part = grouped((2 + 2 + group * bytes) * ROWS, bytes);
      for (int row = 0; row < rows; row++) {
        fives(row, group, part);
      }
      scales(group, part, 5 * WORD);
    }
    return finite;
  }

  /** A row's 32 codes of a group of Q5_K. */
  private void fives(int row, int group, Part part) {
    long mask = 0x1f1f1f1f1f1f1f1fL;
    long a = Long.compress(fives(row, group, 0), mask);
    long b = Long.compress(fives(row, group, 8), mask);
    long c = Long.compress(fives(row, group, 16), mask);
    long d = Long.compress(fives(row, group, 24), mask);
    int target = part.at(0, WORD, row);
    int step = part.step(WORD);
    INT.set(to, target, five(a, b >>> 35, c, d >>> 35));
    INT.set(to, target + step, five(a >>> 15, b >>> 36, c >>> 15, d >>> 36));
    INT.set(
        to, target + 2 * step, five(a >>> 30 | b << 10, b >>> 37, c >>> 30 | d << 10, d >>> 37));
    INT.set(to, target + 3 * step, five(b >>> 5, b >>> 38, d >>> 5, d >>> 38));
    INT.set(to, target + 4 * step, five(b >>> 20, b >>> 39, d >>> 20, d >>> 39));
  }

  /** A word: the lowest 15 bits of {@code low} and {@code high}, and above each a bit. */
  private static int five(long low, long lowBit, long high, long highBit) {
    return word(low & 0x7fff | lowBit << 15, high & 0x7fff | highBit << 15);
  }

  /** Eight codes of five bits, each in a byte. */
  private long fives(int row, int group, int column) {
    long highs = (long) LONG.get(from, at(row) + 16 + column);
    long high = highs >>> group & 0x0101010101010101L;
    return nibbles(at(row) + 48, group, column) | high << 4;
  }

  private boolean q6K() {
    boolean finite = halves(208, whole(0), 0);
    for (int group = 0; group < 16; group++) {
      int bytes = 3 * WORD + 1;
      Part part = grouped((2 + group * bytes) * ROWS, bytes);
      for (int row = 0; row < rows; row++) {
        sixes(row, group, part);
        to[part.at(3 * WORD, 1, row)] = from[at(row) + 192 + group];
      }
    }
    return finite;
  }

  /** A row's 16 codes of a group of Q6_K. */
  private void sixes(int row, int group, Part part) {
    long a = sixes(row, group, 0);
    long b = sixes(row, group, 8);
    int target = part.at(0, WORD, row);
    int step = part.step(WORD);
    INT.set(to, target, six(a, b, 0x000f_0000_0000_3f3fL));
    INT.set(to, target + step, six(a, b, 0x0f00_0000_3f3f_0000L));
    INT.set(to, target + 2 * step, six(a, b, 0x3030_3f3f_0000_0000L));
  }

  /** A word: in each lane the 16 bits that {@code mask} has. */
  private static int six(long low, long high, long mask) {
    return word(Long.compress(low, mask), Long.compress(high, mask));
  }

  /** Eight codes of six bits, each in a byte. */
  private long sixes(int row, int group, int column) {
    int half = group / 8;
    int quarter = group % 8 / 2;
    int start = 16 * (group % 2) + column;
    long nibbles = (long) LONG.get(from, at(row) + 64 * half + 32 * (quarter % 2) + start);
    long highs = (long) LONG.get(from, at(row) + 128 + 32 * half + start);
    long low = nibbles >>> quarter / 2 * 4 & LOW;
    long high = highs >>> 2 * quarter & 0x0303030303030303L;
    return low | high << 4;
  }
}
