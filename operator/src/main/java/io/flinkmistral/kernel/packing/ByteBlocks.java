package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;

import io.flinkmistral.kernel.packing.BlockRows.Part;
import io.flinkmistral.tensor.format.ByteFormat;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/** Weights of a {@link ByteFormat}. Four whole numbers are a word, the first at the top. */
public final class ByteBlocks {
  private static final int SCALE_BYTES = Short.BYTES;

  /** Words of a group. */
  private static final int WORDS = ByteFormat.GROUP / WORD;

  /** Bytes of a group. */
  private static final int BYTES = ByteFormat.GROUP;

  private static final Part PART = new Part(0, BYTES + SCALE_BYTES);

  private final BlockRows rows;
  private final int[] ints;

  ByteBlocks(BlockRows rows) {
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean q80() {
    if (!rows.moveBytes(SCALE_BYTES, PART, 0)) {
      rows.takeWords(SCALE_BYTES, 8, 0);
      for (int i = 0; i < 8 * ROWS; i++) {
        ints[i] = Integer.reverseBytes(ints[i]);
      }
      rows.writeWords(0, 8, PART, 0);
    }
    return rows.writeHalves(0, PART, BYTES);
  }

  /** Packs blocks of any such format. */
  BooleanSupplier wholeNumbers(ByteFormat format) {
    byte[] block = new byte[format.blockBytes()];
    MemorySegment source = MemorySegment.ofArray(block);
    int groups = format.blockLength() / ByteFormat.GROUP;
    int scaleBytes = SCALE_BYTES + (format.hasGroupScales() ? 1 : 0);
    int bytes = BYTES + scaleBytes;
    return () -> {
      boolean finite = true;
      for (int group = 0; group < groups; group++) {
        for (int row = 0; row < rows.count(); row++) {
          rows.copy(row, 0, block);
          takeGroup(format, source, group, row);
        }
        Part part = new Part((long) group * bytes * ROWS, bytes);
        rows.writeWords(0, WORDS, part, 0);
        if (format.hasGroupScales()) {
          rows.writeBytes(WORDS, 0, part, BYTES + SCALE_BYTES);
        }
        finite &= rows.writeHalves(0, part, BYTES);
      }
      return finite;
    };
  }

  /** A row's words of a group, and behind them its scale. */
  private void takeGroup(ByteFormat format, MemorySegment block, int group, int row) {
    int first = group * ByteFormat.GROUP;
    for (int n = 0; n < WORDS; n++) {
      int word = 0;
      for (int i = 0; i < WORD; i++) {
        word = word << Byte.SIZE | format.whole(block, 0, first + WORD * n + i) & 0xff;
      }
      ints[n * ROWS + row] = word;
    }
    ints[WORDS * ROWS + row] = format.groupScale(block, 0, group);
  }
}
