package io.flinkmistral.sampling;

import io.flinkmistral.protocol.SamplingParams;

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
    int[] ranked =
        Ranking.mostProbable(
            logits,
            offset,
            size,
            max - NEGLIGIBLE * params.temperature(),
            params.topK() == 0 ? size : params.topK());
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

  private int draw(float[] logits, int offset, int[] ranked, float max, int index) {
    double[] weights = new double[ranked.length];
    double total = 0;
    for (int i = 0; i < ranked.length; i++) {
      double logit = logits[offset + ranked[i]];
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
        return ranked[i];
      }
    }
    return ranked[kept - 1];
  }
}
