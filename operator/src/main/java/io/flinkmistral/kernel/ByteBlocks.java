package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.BlockWords.ROWS;
import static io.flinkmistral.kernel.BlockWords.WORD;

import io.flinkmistral.kernel.BlockRows.Part;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import java.lang.foreign.MemorySegment;

/**
 * Weights that are a scale times a whole number, which becomes a byte. The scale is a block's first
 * half in all formats. Four bytes are a word, the first at the top.
 */
final class ByteBlocks {
  private static final int SCALE_BYTES = Short.BYTES;
  private static final Part PART = new Part(0, SCALE_BYTES + 32);
  private static final short ONE = Float.floatToFloat16(1);

  private final DataType type;
  private final BlockRows rows;
  private final int[] ints;

  ByteBlocks(DataType type, BlockRows rows) {
    this.type = type;
    this.rows = rows;
    this.ints = rows.words();
  }

  boolean q80() {
    if (!rows.moveBytes(SCALE_BYTES, PART, SCALE_BYTES)) {
      rows.takeWords(SCALE_BYTES, 8, 0);
      for (int i = 0; i < 8 * ROWS; i++) {
        ints[i] = Integer.reverseBytes(ints[i]);
      }
      rows.writeWords(0, 8, PART, SCALE_BYTES);
    }
    return rows.writeHalves(0, PART, 0);
  }

  /** Of another format than Q8_0. */
  boolean wholeNumbers() {
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
    rows.writeWords(0, 8, PART, SCALE_BYTES);
    return rows.writeHalves(0, PART, 0);
  }
}
