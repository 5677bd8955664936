package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.OUT;
import static io.flinkmistral.kernel.packing.BlockWords.OUT_AT;
import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;

import io.flinkmistral.kernel.packing.BlockRows.Part;

/** Codes of five bits. */
public final class FiveBlocks {
  /** Of each byte. */
  private static final long LOWEST = 0x0101010101010101L;

  private final BlockRows rows;
  private final int[] ints;

  FiveBlocks(BlockRows rows) {
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean q50() {
    takeFives(2);
    Part part = new Part(0, 20 + 2);
    rows.writeWords(OUT, 5, part, 0);
    return rows.writeHalves(0, part, 5 * WORD);
  }

  boolean q51() {
    takeFives(4);
    Part part = new Part(0, 20 + 2 + 2);
    rows.writeWords(OUT, 5, part, 0);
    return rows.writeHalves(0, part, 5 * WORD) & rows.writeHalves(2, part, 5 * WORD + 2);
  }

  /**
   * The words of blocks of 32.
   *
   * @param fifthsAt where a block has the upper bits of its codes; the nibbles follow
   */
  private void takeFives(int fifthsAt) {
    for (int row = 0; row < rows.count(); row++) {
      long low = rows.longAt(row, fifthsAt + 4);
      long high = rows.longAt(row, fifthsAt + 12);
      int fifths = rows.intAt(row, fifthsAt);
      fives(
          row,
          codes(low, apart(fifths)),
          codes(high, apart(fifths >>> 8)),
          codes(low >>> 4, apart(fifths >>> 16)),
          codes(high >>> 4, apart(fifths >>> 24)));
    }
  }

  /** The lowest eight bits, each in a byte. */
  private static long apart(int bits) {
    return Long.expand(bits & 0xff, LOWEST);
  }

  boolean q5K() {
    for (int columnGroup = 0; columnGroup < 8; columnGroup++) {
      for (int row = 0; row < rows.count(); row++) {
        fives(
            row,
            fiveBytes(row, columnGroup, 0),
            fiveBytes(row, columnGroup, 8),
            fiveBytes(row, columnGroup, 16),
            fiveBytes(row, columnGroup, 24));
      }
      rows.writeWords(OUT, 5, ScaleMins.columns32(columnGroup, 5), 0);
    }
    return ScaleMins.pack(rows, 5);
  }

  /** Eight codes of five bits, each in a byte. */
  private long fiveBytes(int row, int columnGroup, int column) {
    long nibbles = rows.longAt(row, 48 + 32 * (columnGroup / 2) + column);
    long highs = rows.longAt(row, 16 + column);
    return codes(nibbles >>> columnGroup % 2 * 4, highs >>> columnGroup);
  }

  /** Of each byte, the low nibble and above it the lowest bit of {@code fifths}. */
  private static long codes(long nibbles, long fifths) {
    return nibbles & 0x0f0f0f0f0f0f0f0fL | (fifths & LOWEST) << 4;
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
}
