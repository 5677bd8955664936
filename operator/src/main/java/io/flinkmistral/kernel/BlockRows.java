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
 * @param to receives a block, or more columns of a layout whose blocks are smaller
 */
record BlockRows(byte[] from, int first, int stride, int rows, byte[] to) {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int ROWS = PanelLayout.ROWS;
  private static final int WORD = 4 * ROWS;
  private static final short ONE = Float.floatToFloat16(1);

  /** Packs {@code columns} columns; whether all halves are finite. */
  boolean pack(DataType type, int columns) {
    return switch (type) {
      case F32 -> floats(columns);
      case F16 -> shorts(columns) && areFinite(columns);
      case BF16 -> shorts(columns);
      case Q8_0 -> bytes() & halves(0, 32 * ROWS);
      case Q5_0, IQ4_NL -> codes(type) & halves(0, 32 * ROWS);
      case Q4_0 -> nibbles(2, 10, 0, 0, true) & halves(0, 4 * WORD);
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

  private boolean bytes() {
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < 32; k++) {
        to[k * ROWS + row] = from[at(row) + 2 + k];
      }
    }
    return true;
  }

  /** Types whose weights are a scale times a whole number of 8 bits: what they are for scale 1. */
  private boolean codes(DataType type) {
    float[] codes = new float[32];
    byte[] block = new byte[type.blockBytes()];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(from, at(row), block, 0, block.length);
      SHORT.set(block, 0, ONE);
      Dequantizer.dequantize(type, MemorySegment.ofArray(block), 0, codes, 0, 32);
      for (int k = 0; k < 32; k++) {
        to[k * ROWS + row] = (byte) codes[k];
      }
    }
    return true;
  }

  private int at(int row) {
    return first + row * stride;
  }

  /** Copies a half of each row, {@code offset} bytes into the block. */
  private boolean halves(int offset, int target) {
    boolean finite = true;
    for (int row = 0; row < rows; row++) {
      short half = (short) SHORT.get(from, at(row) + offset);
      finite &= isFinite(half);
      SHORT.set(to, target + 2 * row, half);
    }
    return finite;
  }

  private static boolean isFinite(short half) {
    return (half & 0x7c00) != 0x7c00;
  }

  /** The file has columns i and i + 16 of a block in byte i. */
  private boolean nibbles(int low, int high, int shift, int target, boolean both) {
    for (int row = 0; row < rows; row++) {
      long a = (long) LONG.get(from, at(row) + low) >>> shift;
      long b = (long) LONG.get(from, at(row) + high) >>> shift;
      INT.set(to, target + 4 * row, pairs(a));
      INT.set(to, target + WORD + 4 * row, pairs(b));
      if (both) {
        INT.set(to, target + 2 * WORD + 4 * row, pairs(a >>> 4));
        INT.set(to, target + 3 * WORD + 4 * row, pairs(b >>> 4));
      }
    }
    return true;
  }

  /** The low nibbles of bytes 0, 2, 4, 6 in the low half, of bytes 1, 3, 5, 7 in the high one. */
  private static int pairs(long bytes) {
    long even = Long.compress(bytes, 0x000f000f000f000fL);
    long odd = Long.compress(bytes, 0x0f000f000f000f00L);
    return (int) (even | odd << 16);
  }

  private boolean q4K() {
    boolean finite = halves(0, 0) & halves(2, 2 * ROWS);
    int target = 2 * 2 * ROWS;
    for (int group = 0; group < 8; group++) {
      int codes = 16 + 32 * (group / 2);
      int shift = group % 2 * 4;
      nibbles(codes, codes + 8, shift, target, false);
      nibbles(codes + 16, codes + 24, shift, target + 2 * WORD, false);
      scales(group, target + 4 * WORD);
      target += 4 * WORD + 2 * ROWS;
    }
    return finite;
  }

  /** Scale and min of a group of Q4_K or Q5_K. */
  private void scales(int group, int target) {
    MemorySegment bytes = MemorySegment.ofArray(from);
    for (int row = 0; row < rows; row++) {
      to[target + row] = (byte) KScales.scale(bytes, at(row) + 4, group);
      to[target + ROWS + row] = (byte) KScales.min(bytes, at(row) + 4, group);
    }
  }

  private boolean q5K() {
    boolean finite = halves(0, 0) & halves(2, 2 * ROWS);
    int target = 2 * 2 * ROWS;
    int[] codes = new int[32];
    for (int group = 0; group < 8; group++) {
      for (int row = 0; row < rows; row++) {
        int low = at(row) + 48 + 32 * (group / 2);
        int high = at(row) + 16;
        for (int k = 0; k < codes.length; k++) {
          int nibble = from[low + k] >>> group % 2 * 4 & 15;
          codes[k] = nibble | (from[high + k] >>> group & 1) << 4;
        }
        words(codes, 5, target + 4 * row);
      }
      scales(group, target + 5 * WORD);
      target += 5 * WORD + 2 * ROWS;
    }
    return finite;
  }

  private boolean q6K() {
    boolean finite = halves(208, 0);
    int target = 2 * ROWS;
    int[] codes = new int[16];
    for (int group = 0; group < 16; group++) {
      int half = group / 8;
      int part = group % 8 / 2;
      int start = 16 * (group % 2);
      for (int row = 0; row < rows; row++) {
        int low = at(row) + 64 * half + 32 * (part % 2) + start;
        int high = at(row) + 128 + 32 * half + start;
        for (int k = 0; k < codes.length; k++) {
          int nibble = from[low + k] >>> part / 2 * 4 & 15;
          int code = nibble | (from[high + k] >>> 2 * part & 3) << 4;
          // Less 32, in the last six bits.
          codes[k] = code ^ 32;
        }
        words(codes, 6, target + 4 * row);
        to[target + 3 * WORD + row] = from[at(row) + 192 + group];
      }
      target += 3 * WORD + ROWS;
    }
    return finite;
  }

  /** Writes a row's codes as FIVE and SIX have them. */
  private void words(int[] codes, int bits, int target) {
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
      INT.set(to, target + word * WORD, bytes << 2 | rest >>> 2 * word & 3);
    }
  }
}
