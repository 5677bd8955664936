package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.OUT;
import static io.flinkmistral.kernel.packing.BlockWords.OUT_AT;
import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;
import static io.flinkmistral.kernel.packing.BlockWords.nibbles;

import io.flinkmistral.kernel.packing.BlockRows.Part;

/** Codes of four bits. */
public final class NibbleBlocks {
  private final BlockRows rows;
  private final int[] ints;

  NibbleBlocks(BlockRows rows) {
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean q40() {
    Part part = new Part(0, 16 + 2);
    nibbles32(2, part);
    return rows.writeHalves(0, part, 4 * WORD);
  }

  boolean q41() {
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

  boolean q4K() {
    for (int pair = 0; pair < 4; pair++) {
      // Of a pair of groups of columns, the first is in the low nibbles.
      rows.takeWords(16 + 32 * pair, 8, 0);
      q4K(0);
      rows.writeWords(OUT, 4, ScaleMins.columns32(2 * pair, 4), 0);
      q4K(4);
      rows.writeWords(OUT, 4, ScaleMins.columns32(2 * pair + 1, 4), 0);
    }
    return ScaleMins.pack(rows, 4);
  }

  private void q4K(int shift) {
    for (int i = 0; i < 4 * ROWS; i++) {
      int low = nibbles(ints[i] >>> shift);
      int high = nibbles(ints[4 * ROWS + i] >>> shift);
      ints[OUT_AT + i] = low | high << 16;
    }
  }
}
