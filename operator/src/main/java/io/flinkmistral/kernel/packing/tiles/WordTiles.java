package io.flinkmistral.kernel.packing.tiles;

import io.flinkmistral.kernel.layout.PanelLayout;
import java.util.function.IntConsumer;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;

/** Takes words of 8 rows, 4 words at a time, to where their codes are put together. */
public final class WordTiles extends RowTiles {
  /** Words of a tile. */
  public static final int WORDS = 4;

  /** Bytes that are read from a row's first word on: more than are taken. */
  public static final int READ_BYTES = 2 * WORDS * Integer.BYTES;

  /**
   * Takes four words of each row.
   *
   * @param from little-endian; {@link #READ_BYTES} from the last row's first word on are read
   * @param first where the first row's first word is
   * @param stride bytes from row to row
   * @param rows a multiple of {@link #ROWS}
   * @param to (word, row), with {@link PanelLayout#ROWS} rows, from {@code at} on
   */
  public static void transpose(byte[] from, int first, int stride, int rows, int[] to, int at) {
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
      IntVector aceg = ae.blend(cg.rearrange(BY_2), UPPER_2);
      IntVector bdfh = bf.blend(dh.rearrange(BY_2), UPPER_2);
      IntVector aceg2 = ae.rearrange(BY_2).blend(cg, UPPER_2);
      IntVector bdfh2 = bf.rearrange(BY_2).blend(dh, UPPER_2);
      int y = at + row;
      aceg.blend(bdfh.rearrange(BY_1), UPPER_1).intoArray(to, y);
      aceg.rearrange(BY_1).blend(bdfh, UPPER_1).intoArray(to, y + PanelLayout.ROWS);
      aceg2.blend(bdfh2.rearrange(BY_1), UPPER_1).intoArray(to, y + 2 * PanelLayout.ROWS);
      aceg2.rearrange(BY_1).blend(bdfh2, UPPER_1).intoArray(to, y + 3 * PanelLayout.ROWS);
    }
  }

  @Override
  IntConsumer calls() {
    byte[] from = new byte[PanelLayout.ROWS * READ_BYTES];
    int[] to = new int[PanelLayout.ROWS * WORDS];
    return rows -> transpose(from, 0, READ_BYTES, rows, to, 0);
  }
}
