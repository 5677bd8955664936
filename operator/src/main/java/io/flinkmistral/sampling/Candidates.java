package io.flinkmistral.sampling;

import java.util.Arrays;

/**
 * Tokens that may be drawn.
 *
 * @param tokens the most probable first
 * @param weights of each, in proportion to its probability
 */
record Candidates(int[] tokens, double[] weights) {
  /**
   * The tokens at a temperature.
   *
   * @param max the greatest logit
   */
  static Candidates of(float[] logits, int offset, int[] ranked, float max, double temperature) {
    double[] weights = new double[ranked.length];
    for (int i = 0; i < ranked.length; i++) {
      double logit = logits[offset + ranked[i]];
      weights[i] = StrictMath.exp((logit - max) / temperature);
    }
    return new Candidates(ranked, weights);
  }

  /**
   * The most typical ones that have more than {@code p} of the probability: those whose surprise is
   * nearest to what is expected, the distribution's entropy (Meister and others: Locally typical
   * sampling, 2022). Of equally typical ones the more probable are kept.
   */
  Candidates typical(double p) {
    double total = total();
    double entropy = 0;
    double[] surprises = new double[weights.length];
    for (int i = 0; i < weights.length; i++) {
      double probability = weights[i] / total;
      surprises[i] = -StrictMath.log(probability);
      entropy += probability == 0 ? 0 : probability * surprises[i];
    }
    int[] order = nearestFirst(surprises, entropy);
    int kept = 0;
    double mass = 0;
    while (kept < order.length && mass <= p * total) {
      mass += weights[order[kept++]];
    }
    int[] left = Arrays.copyOf(order, kept);
    Arrays.sort(left);
    return new Candidates(
        Arrays.stream(left).map(i -> tokens[i]).toArray(),
        Arrays.stream(left).mapToDouble(i -> weights[i]).toArray());
  }

  /**
   * The indexes of ascending values in the order of their distances to a value; of equal distances
   * the first one first. Distances fall up to the value and rise behind it, so it takes a merge of
   * two halves, and no sort.
   */
  private static int[] nearestFirst(double[] values, double to) {
    int[] order = new int[values.length];
    int right = 0;
    while (right < values.length && values[right] < to) {
      right++;
    }
    int left = right; // What is before it is below, and not taken yet.
    for (int taken = 0; taken < order.length; ) {
      boolean isLeft =
          left > 0 && (right == values.length || to - values[left - 1] <= values[right] - to);
      if (isLeft) {
        int end = left--;
        while (left > 0 && to - values[left - 1] == to - values[end - 1]) {
          left--;
        }
        for (int i = left; i < end; i++) {
          order[taken++] = i;
        }
      } else {
        order[taken++] = right++;
      }
    }
    return order;
  }

  /**
   * The most probable ones that together have {@code topP} of the probability, and each of them
   * {@code minP} of that of the first; at least one.
   */
  Candidates mostProbable(double topP, double minP) {
    double total = total();
    int kept = 0;
    double mass = 0;
    while (kept < tokens.length
        && (kept == 0 || mass < topP * total && weights[kept] >= minP * weights[0])) {
      mass += weights[kept++];
    }
    return new Candidates(Arrays.copyOf(tokens, kept), Arrays.copyOf(weights, kept));
  }

  private double total() {
    double total = 0;
    for (double weight : weights) {
      total += weight;
    }
    return total;
  }

  /**
   * One of them.
   *
   * @param uniform from 0 (included) to 1 (excluded)
   */
  int draw(double uniform) {
    double target = uniform * total();
    double sum = 0;
    for (int i = 0; i < tokens.length; i++) {
      sum += weights[i];
      if (target < sum) {
        return tokens[i];
      }
    }
    return tokens[tokens.length - 1];
  }
}
