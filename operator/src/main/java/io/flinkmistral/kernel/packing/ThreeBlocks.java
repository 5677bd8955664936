package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.CODES_AT;
import static io.flinkmistral.kernel.packing.BlockWords.HIGHS;
import static io.flinkmistral.kernel.packing.BlockWords.HIGHS_AT;
import static io.flinkmistral.kernel.packing.BlockWords.LOW;
import static io.flinkmistral.kernel.packing.BlockWords.LOWEST_TWO;
import static io.flinkmistral.kernel.packing.BlockWords.OUT;
import static io.flinkmistral.kernel.packing.BlockWords.OUT_AT;
import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;
import static io.flinkmistral.kernel.packing.BlockWords.columns16;
import static io.flinkmistral.kernel.packing.BlockWords.nibbles;

import io.flinkmistral.kernel.packing.BlockRows.Part;

/** Codes of three bits, as nibbles: Q3_K. */
public final class ThreeBlocks {
  private final BlockRows rows;
  private final int[] ints;

  ThreeBlocks(BlockRows rows) {
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean q3K() {
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
}
