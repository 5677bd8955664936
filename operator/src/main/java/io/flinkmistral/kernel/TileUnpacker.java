package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.NativeMemory.ALL;

import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Widens some columns of a panel to the layout FLOAT, once for many tokens. A template for {@link
 * HiddenCopy}.
 */
final class TileUnpacker implements PanelUnpacker {
  private static final VectorShape SHAPE =
      HiddenCopy.constant(MethodHandles.lookup(), VectorShape.class, VectorShape.S_256_BIT);
  private static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, SHAPE);
  private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, SHAPE);
  private static final VectorSpecies<Short> SHORTS = of(short.class, 2);
  private static final VectorSpecies<Byte> BYTES = of(byte.class, 4);
  private static final int W = FLOATS.length();
  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  TileUnpacker() {}

  static PanelUnpacker of(VectorShape shape) {
    return (PanelUnpacker) HiddenCopy.newInstance(MethodHandles.lookup(), shape);
  }

  private static <E> VectorSpecies<E> of(Class<E> type, int divisor) {
    return VectorSpecies.of(type, VectorShape.forBitSize(SHAPE.vectorBitSize() / divisor));
  }

  @Override
  public void unpack(PanelLayout layout, long weights, int columns, long tile) {
    switch (layout) {
      case BYTE -> {
        for (int k = 0; k < columns; k += PanelLayout.SCALED) {
          unpackBytes(
              weights + (long) k / PanelLayout.SCALED * layout.blockBytes(),
              tile + PanelLayout.FLOAT.bytes(k));
        }
      }
      case HALF -> unpackHalves(weights, columns * PanelLayout.ROWS, tile);
      case BFLOAT -> unpackBfloats(weights, columns * PanelLayout.ROWS, tile);
      case FLOAT, NIBBLE -> throw new IllegalArgumentException(layout + " needs no tile");
    }
  }

  private static void unpackBytes(long block, long tile) {
    long scales = block + PanelLayout.SCALED * PanelLayout.ROWS;
    for (int row = 0; row < PanelLayout.ROWS; row += W) {
      FloatVector scale = halves(scales + 2L * row);
      for (int k = 0; k < PanelLayout.SCALED; k++) {
        long at = (long) k * PanelLayout.ROWS + row;
        ((FloatVector)
                ByteVector.fromMemorySegment(BYTES, ALL, block + at, LITTLE)
                    .convertShape(VectorOperators.B2F, FLOATS, 0))
            .mul(scale)
            .intoMemorySegment(ALL, tile + 4 * at, LITTLE);
      }
    }
  }

  private static void unpackHalves(long weights, int n, long tile) {
    for (long i = 0; i < n; i += W) {
      halves(weights + 2 * i).intoMemorySegment(ALL, tile + 4 * i, LITTLE);
    }
  }

  private static void unpackBfloats(long weights, int n, long tile) {
    for (long i = 0; i < n; i += W) {
      shorts(weights + 2 * i)
          .lanewise(VectorOperators.LSHL, 16)
          .intoMemorySegment(ALL, tile + 4 * i, LITTLE);
    }
  }

  /** Finite halves: shifted into a float's place, their exponents are 112 too small. */
  private static FloatVector halves(long address) {
    return shorts(address)
        .lanewise(VectorOperators.LSHL, 13)
        .and(0x8fffffff)
        .reinterpretAsFloats()
        .mul(0x1p112f);
  }

  private static IntVector shorts(long address) {
    return (IntVector)
        ShortVector.fromMemorySegment(SHORTS, ALL, address, LITTLE)
            .convertShape(VectorOperators.S2I, INTS, 0);
  }
}
