package io.flinkmistral.kernel.packing.tiles;

import static io.flinkmistral.kernel.memory.NativeMemory.ALL;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.function.IntConsumer;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Moves the bytes of Q8_0 to a panel, 32 of 8 rows at a time, as words with the first byte at the
 * top.
 */
public final class ByteTiles extends RowTiles {
  /** Bytes that are taken of a row. */
  private static final int COLUMNS = 32;

  private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
  private static final VectorOperators.Unary REVERSE = VectorOperators.REVERSE_BYTES;

  /**
   * Moves 32 bytes of each row of a group.
   *
   * @param from rows
   * @param first where the first row's bytes are
   * @param stride bytes from row to row
   * @param rows a multiple of {@link #ROWS}
   * @param to address of words, (word, row)
   * @param next bytes from word to word
   */
  public static void move(byte[] from, int first, int stride, int rows, long to, long next) {
    for (int row = 0; row < rows; row += ROWS) {
      int x = first + row * stride;
      IntVector a = ByteVector.fromArray(BYTES, from, x).reinterpretAsInts();
      IntVector b = ByteVector.fromArray(BYTES, from, x + stride).reinterpretAsInts();
      IntVector c = ByteVector.fromArray(BYTES, from, x + 2 * stride).reinterpretAsInts();
      IntVector d = ByteVector.fromArray(BYTES, from, x + 3 * stride).reinterpretAsInts();
      IntVector e = ByteVector.fromArray(BYTES, from, x + 4 * stride).reinterpretAsInts();
      IntVector f = ByteVector.fromArray(BYTES, from, x + 5 * stride).reinterpretAsInts();
      IntVector g = ByteVector.fromArray(BYTES, from, x + 6 * stride).reinterpretAsInts();
      IntVector h = ByteVector.fromArray(BYTES, from, x + 7 * stride).reinterpretAsInts();
      IntVector ae = a.blend(e.rearrange(BY_4), UPPER_4);
      IntVector bf = b.blend(f.rearrange(BY_4), UPPER_4);
      IntVector cg = c.blend(g.rearrange(BY_4), UPPER_4);
      IntVector dh = d.blend(h.rearrange(BY_4), UPPER_4);
      IntVector ae4 = a.rearrange(BY_4).blend(e, UPPER_4);
      IntVector bf4 = b.rearrange(BY_4).blend(f, UPPER_4);
      IntVector cg4 = c.rearrange(BY_4).blend(g, UPPER_4);
      IntVector dh4 = d.rearrange(BY_4).blend(h, UPPER_4);
      IntVector aceg = ae.blend(cg.rearrange(BY_2), UPPER_2);
      IntVector bdfh = bf.blend(dh.rearrange(BY_2), UPPER_2);
      IntVector aceg2 = ae.rearrange(BY_2).blend(cg, UPPER_2);
      IntVector bdfh2 = bf.rearrange(BY_2).blend(dh, UPPER_2);
      IntVector aceg4 = ae4.blend(cg4.rearrange(BY_2), UPPER_2);
      IntVector bdfh4 = bf4.blend(dh4.rearrange(BY_2), UPPER_2);
      IntVector aceg6 = ae4.rearrange(BY_2).blend(cg4, UPPER_2);
      IntVector bdfh6 = bf4.rearrange(BY_2).blend(dh4, UPPER_2);
      IntVector word0 = aceg.blend(bdfh.rearrange(BY_1), UPPER_1);
      IntVector word1 = aceg.rearrange(BY_1).blend(bdfh, UPPER_1);
      IntVector word2 = aceg2.blend(bdfh2.rearrange(BY_1), UPPER_1);
      IntVector word3 = aceg2.rearrange(BY_1).blend(bdfh2, UPPER_1);
      IntVector word4 = aceg4.blend(bdfh4.rearrange(BY_1), UPPER_1);
      IntVector word5 = aceg4.rearrange(BY_1).blend(bdfh4, UPPER_1);
      IntVector word6 = aceg6.blend(bdfh6.rearrange(BY_1), UPPER_1);
      IntVector word7 = aceg6.rearrange(BY_1).blend(bdfh6, UPPER_1);
      long y = to + (long) row * Integer.BYTES;
      word0.lanewise(REVERSE).intoMemorySegment(ALL, y, ORDER);
      word1.lanewise(REVERSE).intoMemorySegment(ALL, y + next, ORDER);
      word2.lanewise(REVERSE).intoMemorySegment(ALL, y + 2 * next, ORDER);
      word3.lanewise(REVERSE).intoMemorySegment(ALL, y + 3 * next, ORDER);
      word4.lanewise(REVERSE).intoMemorySegment(ALL, y + 4 * next, ORDER);
      word5.lanewise(REVERSE).intoMemorySegment(ALL, y + 5 * next, ORDER);
      word6.lanewise(REVERSE).intoMemorySegment(ALL, y + 6 * next, ORDER);
      word7.lanewise(REVERSE).intoMemorySegment(ALL, y + 7 * next, ORDER);
    }
  }

  @Override
  IntConsumer calls() {
    byte[] from = new byte[PanelLayout.ROWS * COLUMNS];
    MemorySegment to = NativeMemory.allocateFew(from.length);
    long next = PanelLayout.ROWS * Integer.BYTES;
    return rows -> move(from, 0, COLUMNS, rows, to.address(), next);
  }
}
