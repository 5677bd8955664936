package io.flinkmistral.kernel;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes tiles of 8 rows and 4 words: what lies behind each other in a row comes to lie beside
 * what other rows have there. A word at a time takes twice as long and more.
 *
 * <p>Until it is compiled it takes no rows: what Java does in place of vector instructions is far
 * slower than plain loops. It has vectors of 256 bits on CPUs with 512, too, as blocks of most
 * formats are no longer than that.
 */
final class WordTiles {
  /** Rows of a tile. */
  static final int ROWS = 8;

  /** Words of a tile. */
  static final int WORDS = 4;

  /** Bytes that are read from a row's first word on: more than are taken. */
  static final int READ_BYTES = 2 * WORDS * Integer.BYTES;

  private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;

  // To swap parts of two rows, those of one are moved by the parts' length, in lanes, and put in
  // place of the other's.
  private static final VectorShuffle<Integer> BY_4 = moved(4);
  private static final VectorShuffle<Integer> BY_2 = moved(2);
  private static final VectorShuffle<Integer> BY_1 = moved(1);
  private static final VectorMask<Integer> UPPER_4 = upper(4);
  private static final VectorMask<Integer> UPPER_2 = upper(2);
  private static final VectorMask<Integer> UPPER_1 = upper(1);

  private volatile boolean inUse;

  private static VectorShuffle<Integer> moved(int lanes) {
    return VectorShuffle.fromOp(INTS, lane -> lane ^ lanes);
  }

  private static VectorMask<Integer> upper(int lanes) {
    long mask = 0;
    for (int lane = 0; lane < INTS.length(); lane++) {
      mask |= (long) (lane / lanes % 2) << lane;
    }
    return VectorMask.fromLong(INTS, mask);
  }

  /** How many of so many rows it takes: whole tiles of them, once it is compiled. */
  int rowsOf(int rows) {
    return inUse ? rows - rows % ROWS : 0;
  }

  /** Compiles it. */
  void warmUp() {
    if (KernelWarmUp.compile("the transposition of words", new Calls())) {
      use();
    }
  }

  /** From now on it takes rows. */
  void use() {
    inUse = true;
  }

  /**
   * Takes four words of each row.
   *
   * @param from little-endian; {@link #READ_BYTES} from the last row's first word on are read
   * @param first where the first row's first word is
   * @param stride bytes from row to row
   * @param rows a multiple of {@link #ROWS}
   * @param to (word, row), with {@link PanelLayout#ROWS} rows, from {@code at} on
   */
  static void transpose(byte[] from, int first, int stride, int rows, int[] to, int at) {
    // All in one: HotSpot calls parts of it, with vectors on the heap, where it compiled them
    // first.
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

  /** Calls with rows and words of their own. */
  private static final class Calls implements KernelWarmUp.Calls {
    private final byte[] from = new byte[PanelLayout.ROWS * READ_BYTES];
    private final int[] to = new int[PanelLayout.ROWS * WORDS];

    private void call(int rows) {
      transpose(from, 0, READ_BYTES, rows, to, 0);
    }

    @Override
    public void withoutColumns() {
      call(0);
    }

    @Override
    public void few() {
      call(2 * ROWS);
    }

    @Override
    public void more() {
      call(4 * ROWS);
    }

    @Override
    public void all() {
      call(PanelLayout.ROWS);
    }

    /** As many as would take as long. */
    @Override
    public long productsOfFew() {
      return 2 * ROWS * READ_BYTES;
    }
  }
}
