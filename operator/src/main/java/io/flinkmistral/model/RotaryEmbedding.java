package io.flinkmistral.model;

import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;

/**
 * Rotary position embedding (Su et al., RoFormer, arXiv 2104.09864, section 3.4): pair {@code i} of
 * a head at position {@code pos} turns by {@code pos * theta^(-2i / headDim)}. Sines and cosines
 * come from {@link StrictMath} in double precision, the same on every host.
 */
public final class RotaryEmbedding {
  private final int headDim;
  private final int step;
  private final int distance;
  private final double[] frequencies;

  RotaryEmbedding(TransformerConfig config) {
    this.headDim = config.headDim();
    int pairs = headDim / 2;
    boolean interleaved = config.ropeLayout() == RopeLayout.INTERLEAVED;
    this.step = interleaved ? 2 : 1;
    this.distance = interleaved ? 1 : pairs;
    this.frequencies = new double[pairs];
    for (int i = 0; i < pairs; i++) {
      frequencies[i] = StrictMath.pow(config.ropeTheta(), -2.0 * i / headDim);
    }
  }

  /** Cosines, then sines, of all pairs at {@code position}: {@code headDim} numbers. */
  void angles(int position, float[] out, int offset) {
    int pairs = frequencies.length;
    for (int i = 0; i < pairs; i++) {
      double angle = position * frequencies[i];
      out[offset + i] = (float) StrictMath.cos(angle);
      out[offset + pairs + i] = (float) StrictMath.sin(angle);
    }
  }

  /** Turns {@code heads} heads that begin at {@code offset}, by the angles given. */
  void rotate(float[] vectors, int offset, int heads, float[] angles, int anglesOffset) {
    int pairs = frequencies.length;
    for (int head = 0; head < heads; head++) {
      int start = offset + head * headDim;
      for (int i = 0; i < pairs; i++) {
        float cos = angles[anglesOffset + i];
        float sin = angles[anglesOffset + pairs + i];
        int a = start + i * step;
        int b = a + distance;
        float x = vectors[a];
        float y = vectors[b];
        vectors[a] = x * cos - y * sin;
        vectors[b] = y * cos + x * sin;
      }
    }
  }
}
