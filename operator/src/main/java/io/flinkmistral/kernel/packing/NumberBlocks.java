package io.flinkmistral.kernel.packing;

import static io.flinkmistral.kernel.packing.BlockWords.ROWS;
import static io.flinkmistral.kernel.packing.BlockWords.WORD;

import io.flinkmistral.kernel.packing.BlockRows.Part;
import io.flinkmistral.tensor.format.NumberFormat;
import java.lang.foreign.MemorySegment;

/** Numbers of 16 or 32 bits: as they are, or the floats that blocks stand for. */
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

  /** Packs blocks of any format as the floats that they stand for. */
  BlockPacker.Packing widened(NumberFormat format) {
    byte[] block = new byte[format.blockBytes()];
    MemorySegment source = MemorySegment.ofArray(block);
    float[] numbers = new float[format.blockLength()];
    return columns -> {
      for (int first = 0; first < columns; first += numbers.length) {
        for (int row = 0; row < rows.count(); row++) {
          rows.copy(row, first / numbers.length * block.length, block);
          format.dequantize(source, 0, numbers, 0);
          for (int k = 0; k < numbers.length; k++) {
            ints[(first + k) * ROWS + row] = Float.floatToRawIntBits(numbers[k]);
          }
        }
      }
      rows.writeWords(0, columns, new Part(0, 0), 0);
      return true;
    };
  }
}
