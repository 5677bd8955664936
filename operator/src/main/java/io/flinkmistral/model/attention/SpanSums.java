package io.flinkmistral.model.attention;

import io.flinkmistral.kernel.Kernels;
import java.util.Arrays;

/**
 * Of several queries, what their softmax over some positions comes to: with scores {@code s_j} and
 * values {@code v_j}
 *
 * <pre>
 *   maximum = max s_j,  weight = sum of exp(s_j - maximum),  sum = sum of exp(s_j - maximum) v_j
 * </pre>
 */
final class SpanSums {
  private final int headDim;
  private final float[] maxima;
  private final float[] weights;
  private final float[] sums;
  private final float[] exponent = new float[1];

  SpanSums(int queries, int headDim) {
    this.headDim = headDim;
    this.maxima = new float[queries];
    this.weights = new float[queries];
    this.sums = new float[queries * headDim];
  }

  /** Makes {@code queries} those of no position. */
  void clear(int queries) {
    Arrays.fill(maxima, 0, queries, Float.NEGATIVE_INFINITY);
    Arrays.fill(weights, 0, queries, 0);
    Arrays.fill(sums, 0, queries * headDim, 0);
  }

  /** Sets a query's; its sum is to be written to {@link #sums} from {@link #offset} on. */
  void set(int query, float maximum, float weight) {
    maxima[query] = maximum;
    weights[query] = weight;
  }

  float[] sums() {
    return sums;
  }

  int offset(int query) {
    return query * headDim;
  }

  /**
   * Takes in a query's positions that follow: with {@code m = max(m1, m2)}, {@code l = l1 exp(m1 -
   * m) + l2 exp(m2 - m)}, and the sum alike.
   */
  void merge(int query, SpanSums later, int laterQuery, Kernels kernels) {
    float max = later.maxima[laterQuery];
    if (max == Float.NEGATIVE_INFINITY) {
      return;
    }
    float earlierMax = maxima[query];
    float newMax = Math.max(earlierMax, max);
    float earlierFactor =
        earlierMax == Float.NEGATIVE_INFINITY ? 0 : exp(earlierMax - newMax, kernels);
    float factor = exp(max - newMax, kernels);
    int sum = offset(query);
    kernels.scale(earlierFactor, sums, sum, headDim);
    kernels.addScaled(factor, later.sums, later.offset(laterQuery), sums, sum, headDim);
    weights[query] = Math.fma(factor, later.weights[laterQuery], weights[query] * earlierFactor);
    maxima[query] = newMax;
  }

  private float exp(float x, Kernels kernels) {
    exponent[0] = x;
    return kernels.expSum(exponent, 0, 1, 0, 0);
  }

  /** Writes {@code sum / weight}. */
  void write(int query, float[] out, int outOffset, Kernels kernels) {
    System.arraycopy(sums, offset(query), out, outOffset, headDim);
    kernels.scale(1 / weights[query], out, outOffset, headDim);
  }
}
