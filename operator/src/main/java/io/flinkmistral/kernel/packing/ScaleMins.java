package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.OUT;
import static io.flinkmistral.kernel.packing.BlockWords.OUT_AT;
import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;

import io.flinkmistral.kernel.packing.BlockRows.Part;
import io.flinkmistral.tensor.format.KScales;

/** What Q4_K and Q5_K have beside codes: of each group of 32 columns, a scale and a min. */
final class ScaleMins {
  private ScaleMins() {}

  /** A group of 32 columns. */
  static Part columns32(int columnGroup, int words) {
    int bytes = words * WORD + 1 + 1;
    return new Part((2 + 2 + (long) columnGroup * bytes) * ROWS, bytes);
  }

  /**
   * Packs scales and mins, and the halves that they are multiplied with.
   *
   * @param words of a group's codes
   * @return whether the halves are finite
   */
  static boolean pack(BlockRows rows, int words) {
    int[] ints = rows.words();
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
}
