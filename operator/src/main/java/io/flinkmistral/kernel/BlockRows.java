package io.flinkmistral.kernel;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.KScales;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

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
    byte[] codes = new byte[32];
    for (int row = 0; row < rows; row++) {
      codes(type, row, codes);
      for (int k = 0; k < codes.length; k += WORD) {
        // The first at the top.
        INT.set(to, part.at(2 + k, WORD, row), Integer.reverseBytes((int) INT.get(codes, k)));
      }
    }
    return halves(0, part, 0);
  }

  /** The weights of a row, which are a scale times a whole number, for scale 1. */
  private void codes(DataType type, int row, byte[] codes) {
    if (type == DataType.Q8_0) {
      System.arraycopy(from, at(row) + 2, codes, 0, codes.length);
      return;
    }
    byte[] block = Arrays.copyOfRange(from, at(row), at(row) + type.blockBytes());
    SHORT.set(block, 0, ONE);
    float[] weights = new float[codes.length];
    Dequantizer.dequantize(type, MemorySegment.ofArray(block), 0, weights, 0, codes.length);
    for (int k = 0; k < codes.length; k++) {
      codes[k] = (byte) weights[k];
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
      INT.set(to, part.at(target, WORD, row), pairs((long) LONG.get(from, at) >>> shift));
      INT.set(
          to, part.at(target + WORD, WORD, row), pairs((long) LONG.get(from, at + 8) >>> shift));
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
    MemorySegment bytes = MemorySegment.ofArray(from);
    for (int row = 0; row < rows; row++) {
      to[part.at(target, 1, row)] = (byte) KScales.scale(bytes, at(row) + 4, group);
      to[part.at(target + 1, 1, row)] = (byte) KScales.min(bytes, at(row) + 4, group);
    }
  }

  private boolean q5K() {
    boolean finite = halves(0, whole(0), 0) & halves(2, whole(2 * ROWS), 0);
    int[] codes = new int[32];
    for (int group = 0; group < 8; group++) {
      int bytes = 1 + 1 + 5 * WORD;
      Part part = grouped((2 + 2 + group * bytes) * ROWS, bytes);
      scales(group, part, 0);
      for (int row = 0; row < rows; row++) {
        int low = at(row) + 48 + 32 * (group / 2);
        int high = at(row) + 16;
        for (int k = 0; k < codes.length; k++) {
          int nibble = from[low + k] >>> group % 2 * 4 & 15;
          codes[k] = nibble | (from[high + k] >>> group & 1) << 4;
        }
        words(codes, 5, part, 2, row);
      }
    }
    return finite;
  }

  private boolean q6K() {
    boolean finite = halves(208, whole(0), 0);
    int[] codes = new int[16];
    for (int group = 0; group < 16; group++) {
      int bytes = 1 + 3 * WORD;
      Part part = grouped((2 + group * bytes) * ROWS, bytes);
      int half = group / 8;
      int quarter = group % 8 / 2;
      int start = 16 * (group % 2);
      for (int row = 0; row < rows; row++) {
        int low = at(row) + 64 * half + 32 * (quarter % 2) + start;
        int high = at(row) + 128 + 32 * half + start;
        for (int k = 0; k < codes.length; k++) {
          int nibble = from[low + k] >>> quarter / 2 * 4 & 15;
          int code = nibble | (from[high + k] >>> 2 * quarter & 3) << 4;
          // Less 32, in the last six bits.
          codes[k] = code ^ 32;
        }
        to[part.at(0, 1, row)] = from[at(row) + 192 + group];
        words(codes, 6, part, 1, row);
      }
    }
    return finite;
  }

  /** Writes a row's codes as FIVE and SIX have them. */
  private void words(int[] codes, int bits, Part part, int target, int row) {
    int inWord = Integer.SIZE / bits;
    int words = codes.length * bits / Integer.SIZE;
    int rest = 0;
    for (int k = words * inWord; k < codes.length; k++) {
      rest = rest << bits | codes[k];
    }
    for (int word = 0; word < words; word++) {
      int bytes = 0;
      for (int i = 0; i < inWord; i++) {
        bytes = bytes << bits | codes[word * inWord + i];
      }
      int number = bytes << 2 | rest >>> 2 * word & 3;
      INT.set(to, part.at(target + word * WORD, WORD, row), number);
    }
  }
}
