package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.NativeMemory.ALL;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Weights of 4 bits times inputs of 8: see {@link QuantizedInput} for the arithmetic.
 *
 * <p>A lane of 16 bits holds four nibbles of one row. Instead of masking nibble {@code n} out, the
 * lane is shifted right by {@code 4n}, and the inputs are prepared so that what the higher nibbles
 * add cancels ({@link QuantizedInput#prepare}). A block's sum fits 16 bits, so the order in which
 * its products are added does not matter.
 *
 * <p>A template for {@link HiddenCopy}, written as {@link FloatPanelKernel} is.
 */
final class NibblePanelKernel implements PanelKernel {
  private static final Constants CONSTANTS = constants();
  private static final VectorSpecies<Float> FLOATS = of(float.class, 1);
  private static final VectorSpecies<Integer> INTS = of(int.class, 1);
  private static final VectorSpecies<Short> HALVES = of(short.class, 2);

  private static final int T = CONSTANTS.tokens();
  private static final int V = CONSTANTS.vectors();

  /** Rows in a vector, and bytes of their floats or ints. */
  private static final int W = FLOATS.length();

  private static final long F = 4L * W;

  /** Bytes of one token's outputs, and of eight columns of weights. */
  private static final long OUT = 4L * PanelLayout.ROWS;

  private static final long EIGHT = 4L * PanelLayout.ROWS;

  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** The exponents of a half that was shifted into a float's place are 112 too small. */
  private static final float HALF_BIAS = 0x1p112f;

  private static final int HALF_BITS = 0x8fffffff;

  NibblePanelKernel() {}

  static PanelKernel of(Constants constants) {
    return (PanelKernel) HiddenCopy.newInstance(MethodHandles.lookup(), constants);
  }

  private static Constants constants() {
    return HiddenCopy.constant(
        MethodHandles.lookup(),
        Constants.class,
        new Constants(VectorShape.S_256_BIT, PanelLayout.NIBBLE, 1, 2));
  }

  private static <E> VectorSpecies<E> of(Class<E> type, int divisor) {
    return VectorSpecies.of(
        type, VectorShape.forBitSize(CONSTANTS.shape().vectorBitSize() / divisor));
  }

  @Override
  public void multiply(long weights, int columns, long input, long out) {
    for (long row = 0; row < PanelLayout.ROWS; row += V * W) {
      multiplyRows(weights + 4 * row, columns, row, input, out + 4 * row);
    }
  }

  private static void multiplyRows(long weights, int columns, long row, long input, long out) {
    long w = weights;
    long x = input;
    long end = input + (long) columns / PanelLayout.SCALED * T * QuantizedInput.BLOCK_BYTES;
    do {
      ShortVector s00 =
          IntVector.broadcast(INTS, ALL.get(INT, x + T * QuantizedInput.START))
              .reinterpretAsShorts();
      ShortVector s10 = s00;
      ShortVector s20 = s00;
      ShortVector s30 = s00;
      ShortVector s01 = s00;
      ShortVector s11 = s00;
      ShortVector s21 = s00;
      ShortVector s31 = s00;
      if (T > 1) {
        s01 =
            IntVector.broadcast(INTS, ALL.get(INT, x + T * QuantizedInput.START + 4))
                .reinterpretAsShorts();
        s11 = s01;
        s21 = s01;
        s31 = s01;
      }
      ShortVector s02 = s00;
      ShortVector s12 = s00;
      ShortVector s22 = s00;
      ShortVector s32 = s00;
      if (T > 2) {
        s02 =
            IntVector.broadcast(INTS, ALL.get(INT, x + T * QuantizedInput.START + 8))
                .reinterpretAsShorts();
        s12 = s02;
        s22 = s02;
        s32 = s02;
      }
      ShortVector s03 = s00;
      ShortVector s13 = s00;
      ShortVector s23 = s00;
      ShortVector s33 = s00;
      if (T > 3) {
        s03 =
            IntVector.broadcast(INTS, ALL.get(INT, x + T * QuantizedInput.START + 12))
                .reinterpretAsShorts();
        s13 = s03;
        s23 = s03;
        s33 = s03;
      }
      long stop = x + T * QuantizedInput.CODES;
      do {
        long four = x + 4 * 4 * T;
        int shift = 0;
        do {
          ShortVector w0 =
              IntVector.fromMemorySegment(INTS, ALL, w + 0 * F, LITTLE)
                  .reinterpretAsShorts()
                  .lanewise(VectorOperators.LSHR, shift);
          ShortVector w1 =
              IntVector.fromMemorySegment(INTS, ALL, w + 1 * F, LITTLE)
                  .reinterpretAsShorts()
                  .lanewise(VectorOperators.LSHR, shift);
          ShortVector w2 = w1;
          ShortVector w3 = w1;
          if (V > 2) {
            w2 =
                IntVector.fromMemorySegment(INTS, ALL, w + 2 * F, LITTLE)
                    .reinterpretAsShorts()
                    .lanewise(VectorOperators.LSHR, shift);
            w3 =
                IntVector.fromMemorySegment(INTS, ALL, w + 3 * F, LITTLE)
                    .reinterpretAsShorts()
                    .lanewise(VectorOperators.LSHR, shift);
          }
          ShortVector y;
          y = IntVector.broadcast(INTS, ALL.get(INT, x)).reinterpretAsShorts();
          s00 = s00.add(w0.mul(y));
          s10 = s10.add(w1.mul(y));
          if (V > 2) {
            s20 = s20.add(w2.mul(y));
            s30 = s30.add(w3.mul(y));
          }
          if (T > 1) {
            y = IntVector.broadcast(INTS, ALL.get(INT, x + 4)).reinterpretAsShorts();
            s01 = s01.add(w0.mul(y));
            s11 = s11.add(w1.mul(y));
            if (V > 2) {
              s21 = s21.add(w2.mul(y));
              s31 = s31.add(w3.mul(y));
            }
          }
          if (T > 2) {
            y = IntVector.broadcast(INTS, ALL.get(INT, x + 8)).reinterpretAsShorts();
            s02 = s02.add(w0.mul(y));
            s12 = s12.add(w1.mul(y));
            if (V > 2) {
              s22 = s22.add(w2.mul(y));
              s32 = s32.add(w3.mul(y));
            }
          }
          if (T > 3) {
            y = IntVector.broadcast(INTS, ALL.get(INT, x + 12)).reinterpretAsShorts();
            s03 = s03.add(w0.mul(y));
            s13 = s13.add(w1.mul(y));
            if (V > 2) {
              s23 = s23.add(w2.mul(y));
              s33 = s33.add(w3.mul(y));
            }
          }
          x += 4 * T;
          shift += 4;
        } while (x != four);
        w += EIGHT;
      } while (x != stop);
      long scales = w - 2 * row;
      IntVector i;
      FloatVector d;
      FloatVector d0;
      FloatVector d1;
      FloatVector d2;
      FloatVector d3;
      d0 =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, ALL, scales + 0 * F / 2, LITTLE)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(HALF_BIAS);
      d1 =
          ((IntVector)
                  ShortVector.fromMemorySegment(HALVES, ALL, scales + 1 * F / 2, LITTLE)
                      .convertShape(VectorOperators.S2I, INTS, 0))
              .lanewise(VectorOperators.LSHL, 13)
              .and(HALF_BITS)
              .reinterpretAsFloats()
              .mul(HALF_BIAS);
      d2 = d1;
      d3 = d1;
      if (V > 2) {
        d2 =
            ((IntVector)
                    ShortVector.fromMemorySegment(HALVES, ALL, scales + 2 * F / 2, LITTLE)
                        .convertShape(VectorOperators.S2I, INTS, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(HALF_BITS)
                .reinterpretAsFloats()
                .mul(HALF_BIAS);
        d3 =
            ((IntVector)
                    ShortVector.fromMemorySegment(HALVES, ALL, scales + 3 * F / 2, LITTLE)
                        .convertShape(VectorOperators.S2I, INTS, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(HALF_BITS)
                .reinterpretAsFloats()
                .mul(HALF_BIAS);
      }
      d = IntVector.broadcast(INTS, ALL.get(INT, x)).reinterpretAsFloats();
      i = s00.reinterpretAsInts();
      i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
      ((FloatVector) i.convert(VectorOperators.I2F, 0))
          .fma(d0.mul(d), FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 0 * F, LITTLE))
          .intoMemorySegment(ALL, out + 0 * OUT + 0 * F, LITTLE);
      i = s10.reinterpretAsInts();
      i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
      ((FloatVector) i.convert(VectorOperators.I2F, 0))
          .fma(d1.mul(d), FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 1 * F, LITTLE))
          .intoMemorySegment(ALL, out + 0 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        i = s20.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d2.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 2 * F, LITTLE))
            .intoMemorySegment(ALL, out + 0 * OUT + 2 * F, LITTLE);
        i = s30.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d3.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 3 * F, LITTLE))
            .intoMemorySegment(ALL, out + 0 * OUT + 3 * F, LITTLE);
      }
      if (T > 1) {
        d = IntVector.broadcast(INTS, ALL.get(INT, x + 4)).reinterpretAsFloats();
        i = s01.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d0.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 0 * F, LITTLE))
            .intoMemorySegment(ALL, out + 1 * OUT + 0 * F, LITTLE);
        i = s11.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d1.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 1 * F, LITTLE))
            .intoMemorySegment(ALL, out + 1 * OUT + 1 * F, LITTLE);
        if (V > 2) {
          i = s21.reinterpretAsInts();
          i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
          ((FloatVector) i.convert(VectorOperators.I2F, 0))
              .fma(
                  d2.mul(d),
                  FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 2 * F, LITTLE))
              .intoMemorySegment(ALL, out + 1 * OUT + 2 * F, LITTLE);
          i = s31.reinterpretAsInts();
          i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
          ((FloatVector) i.convert(VectorOperators.I2F, 0))
              .fma(
                  d3.mul(d),
                  FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 3 * F, LITTLE))
              .intoMemorySegment(ALL, out + 1 * OUT + 3 * F, LITTLE);
        }
      }
      if (T > 2) {
        d = IntVector.broadcast(INTS, ALL.get(INT, x + 8)).reinterpretAsFloats();
        i = s02.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d0.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 0 * F, LITTLE))
            .intoMemorySegment(ALL, out + 2 * OUT + 0 * F, LITTLE);
        i = s12.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d1.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 1 * F, LITTLE))
            .intoMemorySegment(ALL, out + 2 * OUT + 1 * F, LITTLE);
        if (V > 2) {
          i = s22.reinterpretAsInts();
          i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
          ((FloatVector) i.convert(VectorOperators.I2F, 0))
              .fma(
                  d2.mul(d),
                  FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 2 * F, LITTLE))
              .intoMemorySegment(ALL, out + 2 * OUT + 2 * F, LITTLE);
          i = s32.reinterpretAsInts();
          i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
          ((FloatVector) i.convert(VectorOperators.I2F, 0))
              .fma(
                  d3.mul(d),
                  FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 3 * F, LITTLE))
              .intoMemorySegment(ALL, out + 2 * OUT + 3 * F, LITTLE);
        }
      }
      if (T > 3) {
        d = IntVector.broadcast(INTS, ALL.get(INT, x + 12)).reinterpretAsFloats();
        i = s03.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d0.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 0 * F, LITTLE))
            .intoMemorySegment(ALL, out + 3 * OUT + 0 * F, LITTLE);
        i = s13.reinterpretAsInts();
        i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
        ((FloatVector) i.convert(VectorOperators.I2F, 0))
            .fma(
                d1.mul(d),
                FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 1 * F, LITTLE))
            .intoMemorySegment(ALL, out + 3 * OUT + 1 * F, LITTLE);
        if (V > 2) {
          i = s23.reinterpretAsInts();
          i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
          ((FloatVector) i.convert(VectorOperators.I2F, 0))
              .fma(
                  d2.mul(d),
                  FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 2 * F, LITTLE))
              .intoMemorySegment(ALL, out + 3 * OUT + 2 * F, LITTLE);
          i = s33.reinterpretAsInts();
          i = i.add(i.lanewise(VectorOperators.LSHL, 16)).lanewise(VectorOperators.ASHR, 16);
          ((FloatVector) i.convert(VectorOperators.I2F, 0))
              .fma(
                  d3.mul(d),
                  FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 3 * F, LITTLE))
              .intoMemorySegment(ALL, out + 3 * OUT + 3 * F, LITTLE);
        }
      }
      x += T * (QuantizedInput.BLOCK_BYTES - QuantizedInput.CODES);
      w += 2 * PanelLayout.ROWS;
    } while (x != end);
  }
}
