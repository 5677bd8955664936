package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.arithmetic.Exponential;
import io.flinkmistral.kernel.arithmetic.LaneSum;
import io.flinkmistral.kernel.arithmetic.Strided;
import io.flinkmistral.kernel.bytecode.HiddenCopy;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Loops over vectors of one width: 16 lanes are one vector of 512 bits, two of 256 or four of 128.
 *
 * <p>The compiler turns vectors into instructions only where their species is a constant. So this
 * class is a template: {@link #ofShape} defines it once more, hidden, for each width, with the
 * width as class data. It must not have nested classes. Nor should what a loop does for each vector
 * be in a method with vectors as parameters: HotSpot may call such a method instead of inlining it,
 * which makes an object of each vector and takes five to ten times as long.
 */
public final class VectorLanes implements Lanes {
  private static final VectorSpecies<Float> FLOATS = VectorSpecies.of(float.class, shape());
  private static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, shape());

  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(shape().vectorBitSize() / 2));

  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(
          byte.class, VectorShape.forBitSize(Math.max(64, shape().vectorBitSize() / 4)));

  private static final ByteOrder LITTLE = ByteOrder.LITTLE_ENDIAN;

  /** Numbers in a vector. */
  private static final int W = FLOATS.length();

  private static final int ROUND_BITS = Float.floatToRawIntBits(Exponential.ROUND);

  VectorLanes() {}

  /** Loops for one width. */
  public static Lanes ofShape(VectorShape shape) {
    return (Lanes) HiddenCopy.newInstance(MethodHandles.lookup(), shape);
  }

  private static VectorShape shape() {
    return HiddenCopy.constant(MethodHandles.lookup(), VectorShape.class, VectorShape.S_128_BIT);
  }

  @Override
  public void multiplyPanel(
      float[] panel, int columns, float[] in, int inOffset, int tokens, float[] out) {
    for (int row = 0; row < PANEL; row += W) {
      switch (tokens) {
        case 4 -> fourTokens(panel, columns, in, inOffset, out, row);
        default -> {
          for (int token = 0; token < tokens; token++) {
            oneToken(panel, columns, in, inOffset + token * columns, out, token * PANEL + row, row);
          }
        }
      }
    }
  }

  private static void oneToken(
      float[] panel, int columns, float[] in, int inOffset, float[] out, int outOffset, int row) {
    FloatVector sum = FloatVector.zero(FLOATS);
    for (int k = 0; k < columns; k++) {
      FloatVector w = FloatVector.fromArray(FLOATS, panel, k * PANEL + row);
      sum = w.fma(FloatVector.broadcast(FLOATS, in[inOffset + k]), sum);
    }
    sum.intoArray(out, outOffset);
  }

  private static void fourTokens(
      float[] panel, int columns, float[] in, int inOffset, float[] out, int row) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    for (int k = 0; k < columns; k++) {
      FloatVector w = FloatVector.fromArray(FLOATS, panel, k * PANEL + row);
      int x = inOffset + k;
      s0 = w.fma(FloatVector.broadcast(FLOATS, in[x]), s0);
      s1 = w.fma(FloatVector.broadcast(FLOATS, in[x + columns]), s1);
      s2 = w.fma(FloatVector.broadcast(FLOATS, in[x + 2 * columns]), s2);
      s3 = w.fma(FloatVector.broadcast(FLOATS, in[x + 3 * columns]), s3);
    }
    s0.intoArray(out, row);
    s1.intoArray(out, PANEL + row);
    s2.intoArray(out, 2 * PANEL + row);
    s3.intoArray(out, 3 * PANEL + row);
  }

  @Override
  public float sumOfSquares(float[] in, int offset, int n) {
    FloatVector s0 = FloatVector.zero(FLOATS);
    FloatVector s1 = s0;
    FloatVector s2 = s0;
    FloatVector s3 = s0;
    int i = 0;
    for (; i + LaneSum.LANES <= n; i += LaneSum.LANES) {
      int at = offset + i;
      FloatVector x0 = FloatVector.fromArray(FLOATS, in, at);
      s0 = x0.fma(x0, s0);
      if (W < 16) {
        FloatVector x1 = FloatVector.fromArray(FLOATS, in, at + W);
        s1 = x1.fma(x1, s1);
      }
      if (W < 8) {
        FloatVector x2 = FloatVector.fromArray(FLOATS, in, at + 2 * W);
        FloatVector x3 = FloatVector.fromArray(FLOATS, in, at + 3 * W);
        s2 = x2.fma(x2, s2);
        s3 = x3.fma(x3, s3);
      }
    }
    float[] lanes = lanes(s0, s1, s2, s3);
    for (int lane = 0; i < n; i++, lane++) {
      lanes[lane] = Math.fma(in[offset + i], in[offset + i], lanes[lane]);
    }
    return LaneSum.tree(lanes);
  }

  private static float[] lanes(FloatVector s0, FloatVector s1, FloatVector s2, FloatVector s3) {
    float[] lanes = new float[LaneSum.LANES];
    s0.intoArray(lanes, 0);
    if (W < 16) {
      s1.intoArray(lanes, W);
    }
    if (W < 8) {
      s2.intoArray(lanes, 2 * W);
      s3.intoArray(lanes, 3 * W);
    }
    return lanes;
  }

  @Override
  public void addScaled(
      float factor, float[] source, int sourceOffset, float[] target, int targetOffset, int n) {
    FloatVector factors = FloatVector.broadcast(FLOATS, factor);
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector.fromArray(FLOATS, source, sourceOffset + i)
          .fma(factors, FloatVector.fromArray(FLOATS, target, targetOffset + i))
          .intoArray(target, targetOffset + i);
    }
    for (; i < n; i++) {
      target[targetOffset + i] =
          Math.fma(factor, source[sourceOffset + i], target[targetOffset + i]);
    }
  }

  @Override
  public void scale(float factor, float[] target, int offset, int n) {
    int i = offset;
    for (; i + W <= offset + n; i += W) {
      FloatVector.fromArray(FLOATS, target, i).mul(factor).intoArray(target, i);
    }
    for (; i < offset + n; i++) {
      target[i] *= factor;
    }
  }

  @Override
  public void add(float[] target, int targetOffset, float[] source, int sourceOffset, int n) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector.fromArray(FLOATS, target, targetOffset + i)
          .add(FloatVector.fromArray(FLOATS, source, sourceOffset + i))
          .intoArray(target, targetOffset + i);
    }
    for (; i < n; i++) {
      target[targetOffset + i] += source[sourceOffset + i];
    }
  }

  @Override
  public float max(float[] values, int offset, int n) {
    FloatVector greatest = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
    int i = offset;
    for (; i + W <= offset + n; i += W) {
      greatest = greatest.max(FloatVector.fromArray(FLOATS, values, i));
    }
    float max = greatest.reduceLanes(VectorOperators.MAX);
    for (; i < offset + n; i++) {
      max = Math.max(max, values[i]);
    }
    return max;
  }

  @Override
  public float expSum(float[] values, int offset, int n, float max, int firstLane) {
    float[] lanes = new float[LaneSum.LANES];
    int lane = firstLane % LaneSum.LANES;
    int i = offset;
    int end = offset + n;
    for (; lane % LaneSum.LANES != 0 && i < end; i++, lane++) {
      values[i] = Exponential.exp(values[i] - max);
      lanes[lane] += values[i];
    }
    for (; i + LaneSum.LANES <= end; i += LaneSum.LANES) {
      for (int j = 0; j < LaneSum.LANES; j += W) {
        FloatVector e = exp(FloatVector.fromArray(FLOATS, values, i + j).sub(max));
        e.intoArray(values, i + j);
        FloatVector.fromArray(FLOATS, lanes, j).add(e).intoArray(lanes, j);
      }
    }
    for (lane = 0; i < end; i++, lane++) {
      values[i] = Exponential.exp(values[i] - max);
      lanes[lane] += values[i];
    }
    return LaneSum.tree(lanes);
  }

  @Override
  public void scaleBy(
      float[] in, int inOffset, float factor, float[] weight, int n, float[] out, int outOffset) {
    int i = 0;
    for (; i + W <= n; i += W) {
      FloatVector.fromArray(FLOATS, in, inOffset + i)
          .mul(factor)
          .mul(FloatVector.fromArray(FLOATS, weight, i))
          .intoArray(out, outOffset + i);
    }
    for (; i < n; i++) {
      out[outOffset + i] = in[inOffset + i] * factor * weight[i];
    }
  }

  @Override
  public void swiGlu(float[] gate, float[] up, int offset, int n) {
    int i = offset;
    for (; i + W <= offset + n; i += W) {
      FloatVector x = FloatVector.fromArray(FLOATS, gate, i);
      x.div(exp(x.neg()).add(1f)).mul(FloatVector.fromArray(FLOATS, up, i)).intoArray(gate, i);
    }
    for (; i < offset + n; i++) {
      gate[i] = Exponential.silu(gate[i]) * up[i];
    }
  }

  /** {@link Exponential#exp}, step by step. */
  private static FloatVector exp(FloatVector x) {
    FloatVector clamped = x.max(Exponential.LEAST).min(Exponential.GREATEST);
    FloatVector round = FloatVector.broadcast(FLOATS, Exponential.ROUND);
    FloatVector rounded = clamped.fma(FloatVector.broadcast(FLOATS, Exponential.LOG2_E), round);
    FloatVector n = rounded.sub(round);
    FloatVector r = n.fma(FloatVector.broadcast(FLOATS, -Exponential.LN2_HIGH), clamped);
    r = n.fma(FloatVector.broadcast(FLOATS, -Exponential.LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(FLOATS, Exponential.C7);
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C6));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C5));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C4));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C3));
    p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C2));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
    p = p.fma(r, FloatVector.broadcast(FLOATS, 1f));
    IntVector exponent = rounded.reinterpretAsInts().sub(ROUND_BITS);
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    FloatVector low = half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    FloatVector high =
        exponent.sub(half).add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    return p.mul(low).mul(high);
  }

  @Override
  public void widenBytes(
      Strided in, Strided out, int rows, int count, float[] scales, boolean ofRows) {
    MemorySegment from = in.memory();
    MemorySegment to = out.memory();
    for (int row = 0; row < rows; row++) {
      int i = 0;
      // There are no vectors of four bytes.
      for (; W > 4 && i + W <= count; i += W) {
        FloatVector codes =
            (FloatVector)
                ByteVector.fromMemorySegment(BYTES, from, in.at(row, i, 1), LITTLE)
                    .convertShape(VectorOperators.B2F, FLOATS, 0);
        FloatVector scale =
            ofRows
                ? FloatVector.broadcast(FLOATS, scales[row])
                : FloatVector.fromArray(FLOATS, scales, i);
        scale.mul(codes).intoMemorySegment(to, out.at(row, i, Float.BYTES), LITTLE);
      }
      for (; i < count; i++) {
        out.setFloat(row, i, scales[ofRows ? row : i] * in.code(row, i));
      }
    }
  }
}
