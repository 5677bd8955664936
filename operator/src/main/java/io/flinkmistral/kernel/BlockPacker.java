package io.flinkmistral.kernel;

import io.flinkmistral.kernel.BlockRows.Part;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.KScales;
import java.lang.foreign.MemorySegment;

/**
 * Packs blocks of a panel's rows; see {@link PanelLayout} for where things go, and the formats'
 * blocks in {@link io.flinkmistral.tensor} for where they come from.
 *
 * <p>What a row has in words of 32 bits is first put where its lane is, as it is, and becomes codes
 * there, in loops that HotSpot makes vectors of: to cut codes out of each row on its own takes
 * twice as long.
 */
final class BlockPacker {
  /** Columns that are packed at once, where a block has fewer. */
  static final int COLUMNS = 32;

  private static final int ROWS = PanelLayout.ROWS;
  private static final int WORD = Integer.BYTES;

  /** In each byte, the low nibble, and the lowest two bits. */
  private static final int LOW = 0x0f0f0f0f;

  private static final int LOWEST_TWO = 0x03030303;

  /**
   * Words of {@link #ints}: behind a row's own there are the high bits of Q3_K's or Q6_K's codes,
   * then these codes, then what is written. One array, with its parts at constants, so that HotSpot
   * can tell which loads and stores are apart.
   */
  private static final int HIGHS = 8;

  private static final int CODES = 16;
  private static final int OUT = 24;

  private static final int HIGHS_AT = HIGHS * ROWS;
  private static final int CODES_AT = CODES * ROWS;
  private static final int OUT_AT = OUT * ROWS;

  private static final short ONE = Float.floatToFloat16(1);

  private final DataType type;
  private final BlockRows rows;
  private final int[] ints;

  /**
   * @param group rows that lie together; see {@link PanelLayout#group}
   */
  BlockPacker(DataType type, int group) {
    this.type = type;
    this.rows = new BlockRows(group, COLUMNS);
    this.ints = rows.words();
  }

  /** What is to be packed. */
  BlockRows rows() {
    return rows;
  }

  /**
   * Packs the block that the rows have begun with.
   *
   * @param columns of the block, or more of a layout whose blocks are smaller
   * @return whether all halves are finite
   */
  boolean pack(int columns) {
    return switch (type) {
      case F32 -> floats(columns);
      case F16 -> rows.writeHalves(0, columns, 0);
      case BF16 -> bfloats(columns);
      case Q8_0 -> q80();
      case Q5_0, IQ4_NL -> wholeNumbers();
      case Q2_K -> q2K();
      case Q3_K -> q3K();
      case Q4_0 -> q40();
      case Q4_1 -> q41();
      case Q5_1 -> q51();
      case Q4_K -> q4K();
      case Q5_K -> q5K();
      case Q6_K -> q6K();
    };
  }

  private boolean floats(int columns) {
    for (int row = 0; row < rows.count(); row++) {
      for (int k = 0; k < columns; k++) {
        ints[k * ROWS + row] = rows.intAt(row, WORD * k);
      }
    }
    rows.writeWords(0, columns, new Part(0, 0), 0);
    return true;
  }

  private boolean bfloats(int columns) {
    rows.writeShorts(0, columns, 0);
    return true;
  }

  private boolean q80() {
    rows.takeReversedWords(2, 8, 0);
    return bytes();
  }

  /** Words of four bytes, the first at the top, and scales that are where Q8_0 has them. */
  private boolean bytes() {
    Part part = new Part(0, 2 + 32);
    rows.writeWords(0, 8, part, 2);
    return rows.writeHalves(0, part, 0);
  }

  /** Other formats whose weights are a scale times a whole number. */
  private boolean wholeNumbers() {
    byte[] block = new byte[type.blockBytes()];
    MemorySegment source = MemorySegment.ofArray(block);
    float[] weights = new float[32];
    for (int row = 0; row < rows.count(); row++) {
      rows.copy(row, block);
      source.set(BlockRows.SHORTS, 0, ONE);
      Dequantizer.dequantize(type, source, 0, weights, 0, weights.length);
      for (int n = 0; n < 8; n++) {
        int word = 0;
        for (int i = 0; i < WORD; i++) {
          word = word << Byte.SIZE | (byte) weights[WORD * n + i] & 0xff;
        }
        ints[n * ROWS + row] = word;
      }
    }
    return bytes();
  }

  private boolean q2K() {
    for (int half = 0; half < 2; half++) {
      rows.takeWords(16 + 32 * half, 8, 0);
      for (int quarter = 0; quarter < 4; quarter++) {
        // Of 32 columns, each in a byte.
        twos(0, 2 * quarter);
        rows.writeWords(OUT, 1, twos16(8 * half + 2 * quarter), 0);
        twos(4 * ROWS, 2 * quarter);
        rows.writeWords(OUT, 1, twos16(8 * half + 2 * quarter + 1), 0);
      }
    }
    rows.takeWords(0, 4, 0);
    for (int i = 0; i < 4 * ROWS; i++) {
      ints[OUT_AT + i] = ints[i] >>> 4 & LOW;
      ints[i] &= LOW;
    }
    for (int n = 0; n < 16; n++) {
      rows.writeBytes(n / 4, n % 4, twos16(n), WORD);
      rows.writeBytes(OUT + n / 4, n % 4, twos16(n), WORD + 1);
    }
    return rows.writeHalves(80, 1, 0) & rows.writeHalves(82, 1, 2 * ROWS);
  }

  /** The word of 16 columns, from the first of four words on. */
  private void twos(int first, int shift) {
    for (int i = 0; i < ROWS; i++) {
      int at = first + i;
      int low = fourTwos(ints[at] >>> shift) | fourTwos(ints[at + ROWS] >>> shift) << 8;
      int high =
          fourTwos(ints[at + 2 * ROWS] >>> shift) | fourTwos(ints[at + 3 * ROWS] >>> shift) << 8;
      ints[OUT_AT + i] = low | high << 16;
    }
  }

  /** The lowest two bits of four bytes, side by side. */
  private static int fourTwos(int four) {
    int apart = four & LOWEST_TWO;
    int pairs = (apart | apart >>> 6) & 0x000f000f;
    return (pairs | pairs >>> 12) & 0xff;
  }

  /** A group of 16 columns of Q2_K. */
  private static Part twos16(int columnGroup) {
    return columns16(columnGroup, 2 * Short.BYTES, WORD + 1 + 1);
  }

  private boolean q3K() {
    rows.takeWords(0, 8, HIGHS);
    for (int half = 0; half < 2; half++) {
      rows.takeWords(32 + 32 * half, 8, 0);
      for (int quarter = 0; quarter < 4; quarter++) {
        threes(2 * quarter, 4 * half + quarter);
        nibbles16(CODES_AT);
        rows.writeWords(OUT, 2, threes16(8 * half + 2 * quarter), 0);
        nibbles16(CODES_AT + 4 * ROWS);
        rows.writeWords(OUT, 2, threes16(8 * half + 2 * quarter + 1), 0);
      }
    }
    // The three words of scales, behind one of codes.
    rows.takeWords(92, 4, 0);
    for (int quad = 0; quad < 4; quad++) {
      for (int i = 0; i < ROWS; i++) {
        int low = ints[(1 + quad % 2) * ROWS + i] >>> quad / 2 * 4 & LOW;
        int high = ints[3 * ROWS + i] >>> 2 * quad & LOWEST_TWO;
        ints[OUT_AT + quad * ROWS + i] = less32(low | high << 4);
      }
    }
    for (int n = 0; n < 16; n++) {
      rows.writeBytes(OUT + n / 4, n % 4, threes16(n), 2 * WORD);
    }
    return rows.writeHalves(108, 1, 0);
  }

  /** 32 columns of Q3_K, each a byte, more by 4: so they are nibbles that count from -8 on. */
  private void threes(int lowShift, int highShift) {
    for (int i = 0; i < 8 * ROWS; i++) {
      int high = ints[HIGHS_AT + i] >>> highShift & 0x01010101;
      ints[CODES_AT + i] = (ints[i] >>> lowShift & LOWEST_TWO | high << 2) + 0x04040404;
    }
  }

  /** The words of 16 columns, from the first of four words of codes on. */
  private void nibbles16(int first) {
    for (int i = 0; i < 2 * ROWS; i++) {
      int low = nibbles(ints[first + i]);
      int high = nibbles(ints[first + 2 * ROWS + i]);
      ints[OUT_AT + i] = low | high << 16;
    }
  }

  /** Four numbers of 6 bits, less 32 each, as signed bytes. */
  private static int less32(int four) {
    int flipped = four ^ 0x20202020;
    int sign = flipped & 0x20202020;
    return flipped | sign << 1 | sign << 2;
  }

  /** A group of 16 columns of Q3_K. */
  private static Part threes16(int columnGroup) {
    return columns16(columnGroup, Short.BYTES, 2 * WORD + 1);
  }

  private boolean q40() {
    Part part = new Part(0, 16 + 2);
    nibbles32(2, part);
    return rows.writeHalves(0, part, 4 * WORD);
  }

  private boolean q41() {
    Part part = new Part(0, 16 + 2 + 2);
    nibbles32(4, part);
    return rows.writeHalves(0, part, 4 * WORD) & rows.writeHalves(2, part, 4 * WORD + 2);
  }

  /** The words of Q4_0 and Q4_1. */
  private void nibbles32(int offset, Part part) {
    rows.takeWords(offset, 4, 0);
    for (int i = 0; i < 4 * ROWS; i++) {
      // Column i and, above it, i + 16 of a block are in byte i.
      ints[OUT_AT + i] = nibbles(ints[i]) | nibbles(ints[i] >>> 4) << 16;
    }
    rows.writeWords(OUT, 4, part, 0);
  }

  private boolean q51() {
    for (int row = 0; row < rows.count(); row++) {
      long low = rows.longAt(row, 8);
      long high = rows.longAt(row, 16);
      int fifths = rows.intAt(row, 4);
      fives(
          row,
          withFifths(low, fifths),
          withFifths(high, fifths >>> 8),
          withFifths(low >>> 4, fifths >>> 16),
          withFifths(high >>> 4, fifths >>> 24));
    }
    Part part = new Part(0, 20 + 2 + 2);
    rows.writeWords(OUT, 5, part, 0);
    return rows.writeHalves(0, part, 5 * WORD) & rows.writeHalves(2, part, 5 * WORD + 2);
  }

  /** Eight codes of the low nibbles of eight bytes, with the lowest eight bits as fifth ones. */
  private static long withFifths(long nibbles, int fifths) {
    long highs = Long.expand(fifths & 0xff, 0x0101010101010101L);
    return nibbles & 0x0f0f0f0f0f0f0f0fL | highs << 4;
  }

  /** The low nibbles of four bytes, side by side. */
  private static int nibbles(int four) {
    int apart = four & LOW;
    int pairs = (apart | apart >>> 4) & 0x00ff00ff;
    return (pairs | pairs >>> 8) & 0xffff;
  }

  private boolean q4K() {
    for (int pair = 0; pair < 4; pair++) {
      // Of a pair of groups of columns, the first is in the low nibbles.
      rows.takeWords(16 + 32 * pair, 8, 0);
      q4K(0);
      rows.writeWords(OUT, 4, columns32(2 * pair, 4), 0);
      q4K(4);
      rows.writeWords(OUT, 4, columns32(2 * pair + 1, 4), 0);
    }
    return scales(4);
  }

  private void q4K(int shift) {
    for (int i = 0; i < 4 * ROWS; i++) {
      int low = nibbles(ints[i] >>> shift);
      int high = nibbles(ints[4 * ROWS + i] >>> shift);
      ints[OUT_AT + i] = low | high << 16;
    }
  }

  /** A group of 32 columns of Q4_K or Q5_K. */
  private static Part columns32(int columnGroup, int words) {
    int bytes = words * WORD + 1 + 1;
    return new Part((2 + 2 + (long) columnGroup * bytes) * ROWS, bytes);
  }

  /** Scales and mins of Q4_K or Q5_K, and the halves that they are multiplied with. */
  private boolean scales(int words) {
    rows.takeWords(0, 4, 0);
    for (int quad = 0; quad < 2; quad++) {
      for (int i = 0; i < ROWS; i++) {
        int last = ints[3 * ROWS + i];
        ints[OUT_AT + i] = KScales.scales(quad, ints[ROWS + i], last);
        ints[OUT_AT + ROWS + i] = KScales.mins(quad, ints[2 * ROWS + i], last);
      }
      for (int n = 0; n < 4; n++) {
        Part part = columns32(4 * quad + n, words);
        rows.writeBytes(OUT, n, part, words * WORD);
        rows.writeBytes(OUT + 1, n, part, words * WORD + 1);
      }
    }
    return rows.writeHalves(0, 1, 0) & rows.writeHalves(2, 1, 2 * ROWS);
  }

  private boolean q5K() {
    for (int columnGroup = 0; columnGroup < 8; columnGroup++) {
      for (int row = 0; row < rows.count(); row++) {
        fives(
            row,
            fiveBytes(row, columnGroup, 0),
            fiveBytes(row, columnGroup, 8),
            fiveBytes(row, columnGroup, 16),
            fiveBytes(row, columnGroup, 24));
      }
      rows.writeWords(OUT, 5, columns32(columnGroup, 5), 0);
    }
    return scales(5);
  }

  /** A row's words of 32 codes, eight in each number, each in a byte. */
  private void fives(int row, long first, long second, long third, long fourth) {
    long mask = 0x1f1f1f1f1f1f1f1fL;
    long a = Long.compress(first, mask);
    long b = Long.compress(second, mask);
    long c = Long.compress(third, mask);
    long d = Long.compress(fourth, mask);
    int word = OUT_AT + row;
    ints[word] = five(a, b >>> 35, c, d >>> 35);
    ints[word + ROWS] = five(a >>> 15, b >>> 36, c >>> 15, d >>> 36);
    ints[word + 2 * ROWS] = five(a >>> 30 | b << 10, b >>> 37, c >>> 30 | d << 10, d >>> 37);
    ints[word + 3 * ROWS] = five(b >>> 5, b >>> 38, d >>> 5, d >>> 38);
    ints[word + 4 * ROWS] = five(b >>> 20, b >>> 39, d >>> 20, d >>> 39);
  }

  /** A word: the lowest 15 bits of {@code low} and {@code high}, and above each a bit. */
  private static int five(long low, long lowBit, long high, long highBit) {
    long lowLane = low & 0x7fff | (lowBit & 1) << 15;
    long highLane = high & 0x7fff | (highBit & 1) << 15;
    return (int) (lowLane | highLane << 16);
  }

  /** Eight codes of five bits, each in a byte. */
  private long fiveBytes(int row, int columnGroup, int column) {
    long nibbles = rows.longAt(row, 48 + 32 * (columnGroup / 2) + column);
    long highs = rows.longAt(row, 16 + column);
    return nibbles >>> columnGroup % 2 * 4 & 0x0f0f0f0f0f0f0f0fL
        | (highs >>> columnGroup & 0x0101010101010101L) << 4;
  }

  private boolean q6K() {
    for (int half = 0; half < 2; half++) {
      rows.takeWords(128 + 32 * half, 8, HIGHS);
      for (int odd = 0; odd < 2; odd++) {
        rows.takeWords(64 * half + 32 * odd, 8, 0);
        q6K(half, odd);
        q6K(half, 2 + odd);
      }
    }
    rows.takeWords(192, 4, 0);
    for (int n = 0; n < 16; n++) {
      rows.writeBytes(n / 4, n % 4, sixes16(n), 3 * WORD);
    }
    return rows.writeHalves(208, 1, 0);
  }

  /** 32 columns of Q6_K: a quarter of a half. */
  private void q6K(int half, int quarter) {
    int lowShift = quarter / 2 * 4;
    int highShift = 2 * quarter;
    for (int i = 0; i < 8 * ROWS; i++) {
      int high = ints[HIGHS_AT + i] >>> highShift & LOWEST_TWO;
      ints[CODES_AT + i] = ints[i] >>> lowShift & LOW | high << 4;
    }
    int columnGroup = 8 * half + 2 * quarter;
    sixes(0);
    rows.writeWords(OUT, 3, sixes16(columnGroup), 0);
    sixes(4 * ROWS);
    rows.writeWords(OUT + 4, 3, sixes16(columnGroup + 1), 0);
  }

  /** The words of 16 columns, from the first of four words of codes on. */
  private void sixes(int first) {
    int end = first + ROWS;
    for (int i = first; i < end; i++) {
      int low = two(ints[CODES_AT + i]) | ints[CODES_AT + ROWS + i] >>> 4 & 0xf000;
      int high = two(ints[CODES_AT + 2 * ROWS + i]) | ints[CODES_AT + 3 * ROWS + i] >>> 4 & 0xf000;
      ints[OUT_AT + i] = low | high << 16;
    }
    for (int i = first; i < end; i++) {
      int low = two(ints[CODES_AT + i] >>> 16) | ints[CODES_AT + ROWS + i] >>> 12 & 0xf000;
      int high =
          two(ints[CODES_AT + 2 * ROWS + i] >>> 16) | ints[CODES_AT + 3 * ROWS + i] >>> 12 & 0xf000;
      ints[OUT_AT + ROWS + i] = low | high << 16;
    }
    for (int i = first; i < end; i++) {
      int low = lastSix(ints[CODES_AT + ROWS + i]);
      int high = lastSix(ints[CODES_AT + 3 * ROWS + i]);
      ints[OUT_AT + 2 * ROWS + i] = low | high << 16;
    }
  }

  /** The codes in the two low bytes of a word, side by side. */
  private static int two(int four) {
    return four & 0x3f | four >>> 2 & 0xfc0;
  }

  /** The same, and above it the two high bits of each other code. */
  private static int lastSix(int four) {
    return two(four) | four >>> 8 & 0x3000 | four >>> 14 & 0xc000;
  }

  /** A group of 16 columns of Q6_K. */
  private static Part sixes16(int columnGroup) {
    return columns16(columnGroup, Short.BYTES, 3 * WORD + 1);
  }

  /**
   * A group of 16 columns.
   *
   * @param before bytes of a row before the first group
   * @param bytes of a row in a group
   */
  private static Part columns16(int columnGroup, int before, int bytes) {
    return new Part((before + (long) columnGroup * bytes) * ROWS, bytes);
  }
}
