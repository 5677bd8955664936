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

import io.flinkmistral.kernel.packing.BlockRows.Part;

/** Codes of six bits: Q6_K. */
public final class SixBlocks {
  private final BlockRows rows;
  private final int[] ints;

  SixBlocks(BlockRows rows) {
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean q6K() {
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
}
