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
  private static final int ROWS = PanelLayout.ROWS;

  /** Bytes of an int or float of each row. */
  private static final int WORD = 4 * ROWS;

  /** The float 2^23, whose last bits count ones. */
  private static final int ONES = 0x4b000000;

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
      case BYTE, FIVE, SIX -> {
        for (int k = 0; k < columns; k += layout.blockColumns()) {
          unpackBlock(layout, weights + layout.bytes(k), tile + PanelLayout.FLOAT.bytes(k));
        }
      }
      case HALF -> unpackHalves(weights, columns * PanelLayout.ROWS, tile);
      case BFLOAT -> unpackBfloats(weights, columns * PanelLayout.ROWS, tile);
      case FLOAT, NIBBLE, NIBBLE_MIN -> throw new IllegalArgumentException(layout + " needs no tile");
    }
  }

  private static void unpackBlock(PanelLayout layout, long block, long tile) {
    for (int row = 0; row < ROWS; row += W) {
      switch (layout) {
        case BYTE -> unpackBytes(block, row, tile + 4L * row);
        case FIVE -> unpackFives(block, row, tile + 4L * row);
        case SIX -> unpackSixes(block, row, tile + 4L * row);
        case FLOAT, HALF, BFLOAT, NIBBLE, NIBBLE_MIN -> throw new AssertionError();
      }
    }
  }

  private static void unpackFives(long block, int row, long tile) {
    FloatVector d = halves(block + 2L * row);
    FloatVector dmin = halves(block + 2 * ROWS + 2L * row);
    long group = block + 4 * ROWS;
    long to = tile;
    for (int g = 0; g < 8; g++) {
      long bytes = group + 5 * WORD + row;
      FloatVector scale = d.mul(bytes(VectorOperators.ZERO_EXTEND_B2I, bytes));
      FloatVector min = dmin.mul(bytes(VectorOperators.ZERO_EXTEND_B2I, bytes + ROWS));
      IntVector high = ints(group + 4 * WORD + 4L * row);
      for (int word = 0; word < 4; word++) {
        IntVector low = ints(group + (long) word * WORD + 4L * row);
        for (int k = 0; k < 8; k++) {
          code(low, high, 0x10)
              .sub(0x1p23f)
              .mul(scale)
              .sub(min)
              .intoMemorySegment(ALL, to, LITTLE);
          low = low.lanewise(VectorOperators.LSHR, 4);
          high = high.lanewise(VectorOperators.LSHR, 1);
          to += WORD;
        }
      }
      group += 5 * WORD + 2 * ROWS;
    }
  }

  private static void unpackSixes(long block, int row, long tile) {
    FloatVector d = halves(block + 2L * row);
    long group = block + 2 * ROWS;
    long to = tile;
    for (int g = 0; g < 16; g++) {
      FloatVector scale = d.mul(bytes(VectorOperators.B2I, group + 3 * WORD + row));
      IntVector high = ints(group + 2 * WORD + 4L * row);
      for (int word = 0; word < 2; word++) {
        IntVector low = ints(group + (long) word * WORD + 4L * row);
        for (int k = 0; k < 8; k++) {
          code(low, high, 0x30)
              .sub(0x1p23f + 32)
              .mul(scale)
              .intoMemorySegment(ALL, to, LITTLE);
          low = low.lanewise(VectorOperators.LSHR, 4);
          high = high.lanewise(VectorOperators.LSHR, 2);
          to += WORD;
        }
      }
      group += 3 * WORD + ROWS;
    }
  }

  /** 2^23 plus the code whose low bits and high bits are the lowest. */
  private static FloatVector code(IntVector low, IntVector high, int mask) {
    return low.and(15)
        .or(high.lanewise(VectorOperators.LSHL, 4).and(mask))
        .or(ONES)
        .reinterpretAsFloats();
  }

  private static IntVector ints(long address) {
    return IntVector.fromMemorySegment(INTS, ALL, address, LITTLE);
  }

  private static FloatVector bytes(VectorOperators.Conversion<Byte, Integer> widen, long address) {
    return (FloatVector)
        ByteVector.fromMemorySegment(BYTES, ALL, address, LITTLE)
            .convertShape(widen, INTS, 0)
            .convert(VectorOperators.I2F, 0);
  }

  private static void unpackBytes(long block, int row, long tile) {
    FloatVector scale = halves(block + 32 * ROWS + 2L * row);
    for (int k = 0; k < 32; k++) {
      ((FloatVector)
              ByteVector.fromMemorySegment(BYTES, ALL, block + k * ROWS + row, LITTLE)
                  .convertShape(VectorOperators.B2F, FLOATS, 0))
          .mul(scale)
          .intoMemorySegment(ALL, tile + (long) k * WORD, LITTLE);
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
