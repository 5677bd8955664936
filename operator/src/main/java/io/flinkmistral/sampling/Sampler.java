package io.flinkmistral.sampling;

import io.flinkmistral.protocol.SamplingParams;
import java.util.Arrays;

/**
 * Chooses a token from logits. The order is: temperature, top-k, top-p, min-p, draw; equally
 * probable tokens are ordered by id. All arithmetic is in double precision and in a fixed order,
 * with {@link StrictMath}, so that the choice is the same on every host.
 */
public final class Sampler {
  /**
   * Tokens whose probability is below exp(-40) times the greatest are never drawn: all of them
   * together weigh less than the rounding error of the sum over a vocabulary.
   */
  private static final double NEGLIGIBLE = 40;

  private final SamplingParams params;
  private final long seed;

  /**
   * @param params how to choose; its own seed is not looked at
   * @param seed of the random numbers
   */
  public Sampler(SamplingParams params, long seed) {
    this.params = params;
    this.seed = seed;
  }

  /**
   * The token chosen.
   *
   * @param logits holds {@code size} logits from {@code offset} on
   * @param index of the token in its answer
   */
  public int sample(float[] logits, int offset, int size, int index) {
    int best = argmax(logits, offset, size);
    if (params.temperature() == 0 || params.topK() == 1) {
      return best;
    }
    float max = logits[offset + best];
    long[] ranked = rank(logits, offset, size, max);
    if (ranked.length == 0) {
      return best; // Every logit is NaN: the weights are broken, but the answer must end somehow.
    }
    return draw(logits, offset, ranked, max, index);
  }

  /** The greatest logit's token; of equal ones the first. NaN is never chosen. */
  public static int argmax(float[] logits, int offset, int size) {
    int best = 0;
    float max = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      if (logits[offset + i] > max) {
        max = logits[offset + i];
        best = i;
      }
    }
    return best;
  }

  /** Tokens that can be drawn, in the low half, most probable first. */
  private long[] rank(float[] logits, int offset, int size, float max) {
    double lowest = max - NEGLIGIBLE * params.temperature();
    long[] ranked = new long[size];
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (logits[offset + i] >= lowest) {
        ranked[count++] = (long) descending(logits[offset + i]) << 32 | i;
      }
    }
    Arrays.sort(ranked, 0, count);
    int kept = params.topK() == 0 ? count : Math.min(count, params.topK());
    return Arrays.copyOf(ranked, kept);
  }

  /** An integer that is the less, the greater the number. */
  private static int descending(float value) {
    int bits = Float.floatToIntBits(value + 0f);
    return bits >= 0 ? ~bits : bits & Integer.MAX_VALUE;
  }

  private int draw(float[] logits, int offset, long[] ranked, float max, int index) {
    double[] weights = new double[ranked.length];
    double total = 0;
    for (int i = 0; i < ranked.length; i++) {
      double logit = logits[offset + (int) ranked[i]];
      weights[i] = StrictMath.exp((logit - max) / params.temperature());
      total += weights[i];
    }
    int kept = 0;
    double mass = 0;
    while (kept < ranked.length
        && (kept == 0 || mass < params.topP() * total && weights[kept] >= params.minP())) {
      mass += weights[kept++];
    }
    double target = TokenRandom.uniform(seed, index) * mass;
    double sum = 0;
    for (int i = 0; i < kept; i++) {
      sum += weights[i];
      if (target < sum) {
        return (int) ranked[i];
      }
    }
    return (int) ranked[kept - 1];
  }
}
