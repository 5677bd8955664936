package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.BlockWords.ROWS;
import static io.flinkmistral.kernel.BlockWords.WORD;

import io.flinkmistral.kernel.BlockRows.Part;

/** Numbers of 16 or 32 bits, as they are. */
final class NumberBlocks {
  private final BlockRows rows;
  private final int[] ints;

  NumberBlocks(BlockRows rows) {
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean floats(int columns) {
    for (int row = 0; row < rows.count(); row++) {
      for (int k = 0; k < columns; k++) {
        ints[k * ROWS + row] = rows.intAt(row, WORD * k);
      }
    }
    rows.writeWords(0, columns, new Part(0, 0), 0);
    return true;
  }

  boolean halves(int columns) {
    return rows.writeHalves(0, columns, 0);
  }

  boolean bfloats(int columns) {
    rows.writeShorts(0, columns, 0);
    return true;
  }
}
