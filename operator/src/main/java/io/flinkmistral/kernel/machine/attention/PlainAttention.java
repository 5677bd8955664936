package io.flinkmistral.kernel.machine.attention;

import io.flinkmistral.kernel.arithmetic.Exponential;
import io.flinkmistral.kernel.arithmetic.LaneSum;
import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/** What kernels compute, in plain loops: what they are held against when they are made. */
final class PlainAttention {
  private static final ValueLayout.OfShort HALF =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final AttentionShape shape;

  PlainAttention(AttentionShape shape) {
    this.shape = shape;
  }

  /** The (queries, span) scores of whole pieces, from the first place on. */
  float[] scores(List<Piece> pieces, float[] queries, float scale) {
    int headDim = shape.headDim();
    float[] scores = new float[queries.length / headDim * shape.span()];
    for (int q = 0; q < queries.length / headDim; q++) {
      for (int i = 0; i < pieces.size() * AttentionShape.POSITIONS; i++) {
        Piece piece = pieces.get(i / AttentionShape.POSITIONS);
        float sum = 0;
        for (int d = 0; d < headDim; d++) {
          float key = key(piece, i % AttentionShape.POSITIONS, d);
          sum = Math.fma(key, queries[q * headDim + d], sum);
        }
        scores[q * shape.span() + i] = sum * scale;
      }
    }
    return scores;
  }

  private float key(Piece piece, int position, int d) {
    long number = (long) d * shape.keyStride() + (long) position * shape.numbers().bytes();
    long block = (long) d / AttentionShape.SCALED * shape.keyScaleStride();
    return number(piece, number, block + (long) position * Short.BYTES);
  }

  private float number(Piece piece, long number, long scale) {
    return switch (shape.numbers()) {
      case HALVES -> half(piece.numbers() + number);
      case SCALED_BYTES ->
          half(piece.scales() + scale)
              * NativeMemory.ALL.get(ValueLayout.JAVA_BYTE, piece.numbers() + number);
    };
  }

  private static float half(long address) {
    return Float.float16ToFloat(NativeMemory.ALL.get(HALF, address));
  }

  /** Makes some scores exponentials; the greatest one and the sum. */
  static Softmax softmax(float[] scores, int first, int count) {
    float max = Float.NEGATIVE_INFINITY;
    for (int i = first; i < first + count; i++) {
      max = Math.max(max, scores[i]);
    }
    float[] lanes = new float[LaneSum.LANES];
    for (int i = first; i < first + count; i++) {
      scores[i] = Exponential.exp(scores[i] - max);
      lanes[i % LaneSum.LANES] += scores[i];
    }
    return new Softmax(max, LaneSum.tree(lanes));
  }

  /** Adds to (queries, headDim) sums. */
  void addValues(List<Piece> pieces, float[] exponentials, float[] sums) {
    int headDim = shape.headDim();
    for (int i = 0; i < sums.length; i++) {
      int place = i / headDim * shape.span();
      for (Piece piece : pieces) {
        for (int position = 0; position < piece.positions(); position++) {
          sums[i] = Math.fma(value(piece, position, i % headDim), exponentials[place++], sums[i]);
        }
      }
    }
  }

  private float value(Piece piece, int position, int d) {
    long number = (long) position * shape.valueStride() + (long) d * shape.numbers().bytes();
    int block = d / AttentionShape.SCALED;
    long scale = (long) position * shape.valueScaleStride() + (long) block * Short.BYTES;
    return number(piece, number, scale);
  }
}
