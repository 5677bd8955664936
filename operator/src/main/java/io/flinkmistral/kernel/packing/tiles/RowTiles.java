package io.flinkmistral.kernel.packing.tiles;

import io.flinkmistral.kernel.bytecode.KernelWarmUp;
import io.flinkmistral.kernel.layout.PanelLayout;
import java.util.function.IntConsumer;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Transposes tiles of 8 rows: what lies behind each other in a row comes to lie beside what other
 * rows have there. A word at a time takes twice as long and more.
 *
 * <p>Until it is compiled it is not used: what Java does in place of vector instructions is far
 * slower than plain loops. It has vectors of 256 bits on CPUs with 512, too, as blocks of most
 * formats are no longer than that. The code of a tile is one method: HotSpot calls parts of it,
 * with vectors on the heap, where it compiled them first.
 */
public abstract sealed class RowTiles permits WordTiles, ByteTiles {
  /** Rows of a tile. */
  static final int ROWS = 8;

  static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_256;
  static final VectorSpecies<Integer> INTS = IntVector.SPECIES_256;

  // To swap parts of two rows, those of one are moved by the parts' length, in lanes, and put in
  // place of the other's.
  static final VectorShuffle<Integer> BY_4 = moved(4);
  static final VectorShuffle<Integer> BY_2 = moved(2);
  static final VectorShuffle<Integer> BY_1 = moved(1);
  static final VectorMask<Integer> UPPER_4 = upper(4);
  static final VectorMask<Integer> UPPER_2 = upper(2);
  static final VectorMask<Integer> UPPER_1 = upper(1);

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
  public int rowsOf(int rows) {
    return inUse ? rows - rows % ROWS : 0;
  }

  /** Compiles it. */
  public void warmUp() {
    KernelWarmUp.Calls calls =
        new KernelWarmUp.CallsBySize(
            calls(), 2 * ROWS, PanelLayout.ROWS, 2 * ROWS * BYTES.length());
    if (KernelWarmUp.compile(getClass().getSimpleName(), calls)) {
      use();
    }
  }

  /** From now on it takes rows. */
  public void use() {
    inUse = true;
  }

  /** Calls with rows and memory of their own, for {@link #warmUp}: a number of rows each. */
  abstract IntConsumer calls();
}
