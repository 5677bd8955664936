package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.LOW;
import static io.flinkmistral.kernel.packing.BlockWords.LOWEST_TWO;
import static io.flinkmistral.kernel.packing.BlockWords.OUT;
import static io.flinkmistral.kernel.packing.BlockWords.OUT_AT;
import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;
import static io.flinkmistral.kernel.packing.BlockWords.columns16;

import io.flinkmistral.kernel.packing.BlockRows.Part;

/** Codes of two bits, of Q2_K. */
public final class TwoBlocks {
  private final BlockRows rows;
  private final int[] ints;

  TwoBlocks(BlockRows rows) {
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean q2K() {
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
}
