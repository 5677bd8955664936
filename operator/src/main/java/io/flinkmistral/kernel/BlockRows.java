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
    // The file has columns i and i + 16 of a block in byte i.
    nibbles(2, 0, part, 0);
    nibbles(2, 4, part, 2 * WORD);
    return halves(0, part, 4 * WORD);
  }

  /** Two words for each row: a nibble of each of 16 bytes, {@code offset} bytes into the block. */
  private void nibbles(int offset, int shift, Part part, int target) {
    for (int row = 0; row < rows; row++) {
      int at = at(row) + offset;
      int first = part.at(target, WORD, row);
      INT.set(to, first, pairs((long) LONG.get(from, at) >>> shift));
      INT.set(to, first + part.step(WORD), pairs((long) LONG.get(from, at + 8) >>> shift));
    }
  }

  /** The low nibbles of bytes 0, 2, 4, 6 in the low half, of bytes 1, 3, 5, 7 in the high one. */
  private static int pairs(long bytes) {
    long even = Long.compress(bytes, 0x000f000f000f000fL);
    long odd = Long.compress(bytes, 0x0f000f000f000f00L);
    return (int) (even | odd << 16);
  }

  private boolean q4K() {
    boolean finite = halves(0, whole(0), 0) & halves(2, whole(2 * ROWS), 0);
    for (int group = 0; group < 8; group++) {
      int bytes = 16 + 1 + 1;
      Part part = grouped((2 + 2 + group * bytes) * ROWS, bytes);
      int codes = 16 + 32 * (group / 2);
      int shift = group % 2 * 4;
      nibbles(codes, shift, part, 0);
      nibbles(codes + 16, shift, part, 2 * WORD);
      scales(group, part, 4 * WORD);
    }
    return finite;
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
    long a = fives(row, group, 0);
    long b = fives(row, group, 8);
    long c = fives(row, group, 16);
    long d = fives(row, group, 24);
    long even = 0x001f001f001f001fL;
    long odd = even << 8;
    long even0 = Long.compress(a, even) | Long.compress(b, even) << 20;
    long even1 = Long.compress(c, even) | Long.compress(d, even) << 20;
    long odd0 = Long.compress(a, odd) | Long.compress(b, odd) << 20;
    long odd1 = Long.compress(c, odd) | Long.compress(d, odd) << 20;
    int target = part.at(0, WORD, row);
    for (int word = 0; word < 5; word++) {
      INT.set(to, target, five(word, even0, even1) | five(word, odd0, odd1) << 16);
      target += part.step(WORD);
    }
  }

  /** A lane of word {@code word}: three codes, and a bit of the last. */
  private static int five(int word, long first, long last) {
    long codes =
        switch (word) {
          case 0 -> first;
          case 1 -> first >>> 15;
          case 2 -> first >>> 30 | last << 10;
          case 3 -> last >>> 5;
          default -> last >>> 20;
        };
    return (int) (codes & 0x7fff | (last >>> 35 + word & 1) << 15);
  }

  /** Eight codes of five bits, each in a byte. */
  private long fives(int row, int group, int column) {
    long nibbles = (long) LONG.get(from, at(row) + 48 + 32 * (group / 2) + column);
    long highs = (long) LONG.get(from, at(row) + 16 + column);
    long low = nibbles >>> group % 2 * 4 & 0x0f0f0f0f0f0f0f0fL;
    long high = highs >>> group & 0x0101010101010101L;
    return low | high << 4;
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
    long mask = 0x003f003f003f003fL;
    long even = Long.compress(a, mask) | Long.compress(b, mask) << 24;
    long odd = Long.compress(a, mask << 8) | Long.compress(b, mask << 8) << 24;
    int target = part.at(0, WORD, row);
    for (int word = 0; word < 3; word++) {
      INT.set(to, target, six(word, even) | six(word, odd) << 16);
      target += part.step(WORD);
    }
  }

  /** A lane of word {@code word}: two codes, and bits of the last two. */
  private static int six(int word, long codes) {
    int low = (int) (codes >>> 12 * word) & 0xfff;
    int a = (int) (codes >>> 36);
    int b = (int) (codes >>> 42);
    int high =
        switch (word) {
          case 0 -> a & 0xf;
          case 1 -> b & 0xf;
          default -> a >>> 4 & 3 | b >>> 4 << 2;
        };
    return low | high << 12;
  }

  /** Eight codes of six bits, each in a byte. */
  private long sixes(int row, int group, int column) {
    int half = group / 8;
    int quarter = group % 8 / 2;
    int start = 16 * (group % 2) + column;
    long nibbles = (long) LONG.get(from, at(row) + 64 * half + 32 * (quarter % 2) + start);
    long highs = (long) LONG.get(from, at(row) + 128 + 32 * half + start);
    long low = nibbles >>> quarter / 2 * 4 & 0x0f0f0f0f0f0f0f0fL;
    long high = highs >>> 2 * quarter & 0x0303030303030303L;
    return low | high << 4;
  }
}
