package io.flinkmistral.kernel;

import static io.flinkmistral.kernel.NativeMemory.ALL;

import io.flinkmistral.kernel.PanelKernel.Constants;
import java.lang.foreign.ValueLayout;
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
 * Weights as floats times inputs as floats: each output is one chain of fused multiply-adds along
 * the columns, as in {@link ScalarKernels}. Weights of a block format are scaled first, which is
 * exact: a code of 8 bits and a scale of 11 make no more than 24.
 *
 * <p>A template for {@link HiddenCopy}: all that depends on {@link Constants} is decided when a
 * copy is compiled. Its loops call the vectors' methods directly and have one step a body, since
 * the compiler stops inlining helpers in methods of this size, and spills registers where it
 * unrolls. Inputs are broadcast as ints, which is a single instruction from memory.
 */
final class FloatPanelKernel implements PanelKernel {
  private static final Constants CONSTANTS = constants();
  private static final VectorSpecies<Float> FLOATS = of(float.class, 1);
  private static final VectorSpecies<Integer> INTS = of(int.class, 1);
  private static final VectorSpecies<Short> SHORTS = of(short.class, 2);
  private static final VectorSpecies<Byte> BYTES = of(byte.class, 4);

  private static final PanelLayout LAYOUT = CONSTANTS.layout();
  private static final int T = CONSTANTS.tokens();
  private static final int V = CONSTANTS.vectors();

  /** Rows in a vector, and bytes of their floats. */
  private static final int W = FLOATS.length();

  private static final long F = 4L * W;

  /** Bytes of one token's outputs. */
  private static final long OUT = 4L * PanelLayout.ROWS;

  /** Bytes of a weight, and of the weights of a column. */
  private static final long B =
      LAYOUT == PanelLayout.FLOAT ? 4 : LAYOUT == PanelLayout.BYTE ? 1 : 2;

  private static final long COLUMN = B * PanelLayout.ROWS;

  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** The exponents of a half that was shifted into a float's place are 112 too small. */
  private static final float HALF_BIAS = 0x1p112f;

  private static final int HALF_BITS = 0x8fffffff;

  FloatPanelKernel() {}

  static PanelKernel of(Constants constants) {
    return (PanelKernel) HiddenCopy.newInstance(MethodHandles.lookup(), constants);
  }

  private static Constants constants() {
    return HiddenCopy.constant(
        MethodHandles.lookup(),
        Constants.class,
        new Constants(VectorShape.S_256_BIT, PanelLayout.FLOAT, 1, 2));
  }

  private static <E> VectorSpecies<E> of(Class<E> type, int divisor) {
    return VectorSpecies.of(
        type, VectorShape.forBitSize(CONSTANTS.shape().vectorBitSize() / divisor));
  }

  @Override
  public void multiply(long weights, int columns, long input, long out) {
    for (long row = 0; row < PanelLayout.ROWS; row += V * W) {
      multiplyRows(weights + row * B, columns, row, input, out + 4 * row);
    }
  }

  private static void multiplyRows(long weights, int columns, long row, long input, long out) {
    long w = weights;
    long x = input;
    long end = input + 4L * T * columns;
    FloatVector s00 = FloatVector.zero(FLOATS);
    FloatVector s10 = FloatVector.zero(FLOATS);
    FloatVector s20 = FloatVector.zero(FLOATS);
    FloatVector s30 = FloatVector.zero(FLOATS);
    FloatVector s01 = FloatVector.zero(FLOATS);
    FloatVector s11 = FloatVector.zero(FLOATS);
    FloatVector s21 = FloatVector.zero(FLOATS);
    FloatVector s31 = FloatVector.zero(FLOATS);
    FloatVector s02 = FloatVector.zero(FLOATS);
    FloatVector s12 = FloatVector.zero(FLOATS);
    FloatVector s22 = FloatVector.zero(FLOATS);
    FloatVector s32 = FloatVector.zero(FLOATS);
    FloatVector s03 = FloatVector.zero(FLOATS);
    FloatVector s13 = FloatVector.zero(FLOATS);
    FloatVector s23 = FloatVector.zero(FLOATS);
    FloatVector s33 = FloatVector.zero(FLOATS);
    if (T > 0) {
      s00 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 0 * F, LITTLE);
      s10 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s20 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 2 * F, LITTLE);
        s30 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 0 * OUT + 3 * F, LITTLE);
      }
    }
    if (T > 1) {
      s01 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 0 * F, LITTLE);
      s11 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s21 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 2 * F, LITTLE);
        s31 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 1 * OUT + 3 * F, LITTLE);
      }
    }
    if (T > 2) {
      s02 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 0 * F, LITTLE);
      s12 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s22 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 2 * F, LITTLE);
        s32 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 2 * OUT + 3 * F, LITTLE);
      }
    }
    if (T > 3) {
      s03 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 0 * F, LITTLE);
      s13 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s23 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 2 * F, LITTLE);
        s33 = FloatVector.fromMemorySegment(FLOATS, ALL, out + 3 * OUT + 3 * F, LITTLE);
      }
    }
    FloatVector d0 = FloatVector.zero(FLOATS);
    FloatVector d1 = FloatVector.zero(FLOATS);
    FloatVector d2 = FloatVector.zero(FLOATS);
    FloatVector d3 = FloatVector.zero(FLOATS);
    do {
      long stop = Math.min(end, x + 4 * T * PanelLayout.SCALED);
      if (LAYOUT == PanelLayout.BYTE) {
        long scales = w + PanelLayout.SCALED * COLUMN - row + 2 * row;
        d0 =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, scales + 0 * F / 2, LITTLE)
                        .convertShape(VectorOperators.S2I, INTS, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(HALF_BITS)
                .reinterpretAsFloats()
                .mul(HALF_BIAS);
        d1 =
            ((IntVector)
                    ShortVector.fromMemorySegment(SHORTS, ALL, scales + 1 * F / 2, LITTLE)
                        .convertShape(VectorOperators.S2I, INTS, 0))
                .lanewise(VectorOperators.LSHL, 13)
                .and(HALF_BITS)
                .reinterpretAsFloats()
                .mul(HALF_BIAS);
        if (V > 2) {
          d2 =
              ((IntVector)
                      ShortVector.fromMemorySegment(SHORTS, ALL, scales + 2 * F / 2, LITTLE)
                          .convertShape(VectorOperators.S2I, INTS, 0))
                  .lanewise(VectorOperators.LSHL, 13)
                  .and(HALF_BITS)
                  .reinterpretAsFloats()
                  .mul(HALF_BIAS);
          d3 =
              ((IntVector)
                      ShortVector.fromMemorySegment(SHORTS, ALL, scales + 3 * F / 2, LITTLE)
                          .convertShape(VectorOperators.S2I, INTS, 0))
                  .lanewise(VectorOperators.LSHL, 13)
                  .and(HALF_BITS)
                  .reinterpretAsFloats()
                  .mul(HALF_BIAS);
        }
      }
      do {
        FloatVector w0 = d0;
        FloatVector w1 = d1;
        FloatVector w2 = d2;
        FloatVector w3 = d3;
        if (LAYOUT == PanelLayout.FLOAT) {
          w0 = FloatVector.fromMemorySegment(FLOATS, ALL, w + 0 * F, LITTLE);
          w1 = FloatVector.fromMemorySegment(FLOATS, ALL, w + 1 * F, LITTLE);
          if (V > 2) {
            w2 = FloatVector.fromMemorySegment(FLOATS, ALL, w + 2 * F, LITTLE);
            w3 = FloatVector.fromMemorySegment(FLOATS, ALL, w + 3 * F, LITTLE);
          }
        }
        if (LAYOUT == PanelLayout.HALF) {
          w0 =
              ((IntVector)
                      ShortVector.fromMemorySegment(SHORTS, ALL, w + 0 * F / 2, LITTLE)
                          .convertShape(VectorOperators.S2I, INTS, 0))
                  .lanewise(VectorOperators.LSHL, 13)
                  .and(HALF_BITS)
                  .reinterpretAsFloats()
                  .mul(HALF_BIAS);
          w1 =
              ((IntVector)
                      ShortVector.fromMemorySegment(SHORTS, ALL, w + 1 * F / 2, LITTLE)
                          .convertShape(VectorOperators.S2I, INTS, 0))
                  .lanewise(VectorOperators.LSHL, 13)
                  .and(HALF_BITS)
                  .reinterpretAsFloats()
                  .mul(HALF_BIAS);
          if (V > 2) {
            w2 =
                ((IntVector)
                        ShortVector.fromMemorySegment(SHORTS, ALL, w + 2 * F / 2, LITTLE)
                            .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_BIAS);
            w3 =
                ((IntVector)
                        ShortVector.fromMemorySegment(SHORTS, ALL, w + 3 * F / 2, LITTLE)
                            .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 13)
                    .and(HALF_BITS)
                    .reinterpretAsFloats()
                    .mul(HALF_BIAS);
          }
        }
        if (LAYOUT == PanelLayout.BFLOAT) {
          w0 =
              ((IntVector)
                      ShortVector.fromMemorySegment(SHORTS, ALL, w + 0 * F / 2, LITTLE)
                          .convertShape(VectorOperators.S2I, INTS, 0))
                  .lanewise(VectorOperators.LSHL, 16)
                  .reinterpretAsFloats();
          w1 =
              ((IntVector)
                      ShortVector.fromMemorySegment(SHORTS, ALL, w + 1 * F / 2, LITTLE)
                          .convertShape(VectorOperators.S2I, INTS, 0))
                  .lanewise(VectorOperators.LSHL, 16)
                  .reinterpretAsFloats();
          if (V > 2) {
            w2 =
                ((IntVector)
                        ShortVector.fromMemorySegment(SHORTS, ALL, w + 2 * F / 2, LITTLE)
                            .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats();
            w3 =
                ((IntVector)
                        ShortVector.fromMemorySegment(SHORTS, ALL, w + 3 * F / 2, LITTLE)
                            .convertShape(VectorOperators.S2I, INTS, 0))
                    .lanewise(VectorOperators.LSHL, 16)
                    .reinterpretAsFloats();
          }
        }
        if (LAYOUT == PanelLayout.BYTE) {
          w0 =
              ((FloatVector)
                      ByteVector.fromMemorySegment(BYTES, ALL, w + 0 * F / 4, LITTLE)
                          .convertShape(VectorOperators.B2F, FLOATS, 0))
                  .mul(d0);
          w1 =
              ((FloatVector)
                      ByteVector.fromMemorySegment(BYTES, ALL, w + 1 * F / 4, LITTLE)
                          .convertShape(VectorOperators.B2F, FLOATS, 0))
                  .mul(d1);
          if (V > 2) {
            w2 =
                ((FloatVector)
                        ByteVector.fromMemorySegment(BYTES, ALL, w + 2 * F / 4, LITTLE)
                            .convertShape(VectorOperators.B2F, FLOATS, 0))
                    .mul(d2);
            w3 =
                ((FloatVector)
                        ByteVector.fromMemorySegment(BYTES, ALL, w + 3 * F / 4, LITTLE)
                            .convertShape(VectorOperators.B2F, FLOATS, 0))
                    .mul(d3);
          }
        }
        FloatVector y;
        y = IntVector.broadcast(INTS, ALL.get(INT, x)).reinterpretAsFloats();
        s00 = w0.fma(y, s00);
        s10 = w1.fma(y, s10);
        if (V > 2) {
          s20 = w2.fma(y, s20);
          s30 = w3.fma(y, s30);
        }
        if (T > 1) {
          y = IntVector.broadcast(INTS, ALL.get(INT, x + 4)).reinterpretAsFloats();
          s01 = w0.fma(y, s01);
          s11 = w1.fma(y, s11);
          if (V > 2) {
            s21 = w2.fma(y, s21);
            s31 = w3.fma(y, s31);
          }
        }
        if (T > 2) {
          y = IntVector.broadcast(INTS, ALL.get(INT, x + 8)).reinterpretAsFloats();
          s02 = w0.fma(y, s02);
          s12 = w1.fma(y, s12);
          if (V > 2) {
            s22 = w2.fma(y, s22);
            s32 = w3.fma(y, s32);
          }
        }
        if (T > 3) {
          y = IntVector.broadcast(INTS, ALL.get(INT, x + 12)).reinterpretAsFloats();
          s03 = w0.fma(y, s03);
          s13 = w1.fma(y, s13);
          if (V > 2) {
            s23 = w2.fma(y, s23);
            s33 = w3.fma(y, s33);
          }
        }
        w += COLUMN;
        x += 4 * T;
      } while (x != stop);
      if (LAYOUT == PanelLayout.BYTE) {
        w += 2 * PanelLayout.ROWS;
      }
    } while (x != end);
    if (T > 0) {
      s00.intoMemorySegment(ALL, out + 0 * OUT + 0 * F, LITTLE);
      s10.intoMemorySegment(ALL, out + 0 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s20.intoMemorySegment(ALL, out + 0 * OUT + 2 * F, LITTLE);
        s30.intoMemorySegment(ALL, out + 0 * OUT + 3 * F, LITTLE);
      }
    }
    if (T > 1) {
      s01.intoMemorySegment(ALL, out + 1 * OUT + 0 * F, LITTLE);
      s11.intoMemorySegment(ALL, out + 1 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s21.intoMemorySegment(ALL, out + 1 * OUT + 2 * F, LITTLE);
        s31.intoMemorySegment(ALL, out + 1 * OUT + 3 * F, LITTLE);
      }
    }
    if (T > 2) {
      s02.intoMemorySegment(ALL, out + 2 * OUT + 0 * F, LITTLE);
      s12.intoMemorySegment(ALL, out + 2 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s22.intoMemorySegment(ALL, out + 2 * OUT + 2 * F, LITTLE);
        s32.intoMemorySegment(ALL, out + 2 * OUT + 3 * F, LITTLE);
      }
    }
    if (T > 3) {
      s03.intoMemorySegment(ALL, out + 3 * OUT + 0 * F, LITTLE);
      s13.intoMemorySegment(ALL, out + 3 * OUT + 1 * F, LITTLE);
      if (V > 2) {
        s23.intoMemorySegment(ALL, out + 3 * OUT + 2 * F, LITTLE);
        s33.intoMemorySegment(ALL, out + 3 * OUT + 3 * F, LITTLE);
      }
    }
  }
}
