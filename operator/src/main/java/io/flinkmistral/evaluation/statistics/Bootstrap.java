package io.flinkmistral.evaluation.statistics;

import java.util.Arrays;
import java.util.Random;

/**
 * The interval in which a mean lies, by drawing the sample again (Efron, 1979): percentiles of the
 * means of so many samples that are drawn from it, with replacement.
 *
 * @param low below which 2.5 of a hundred means lie
 * @param high above which 2.5 of a hundred means lie
 */
public record Bootstrap(double low, double high) {
  private static final int SAMPLES = 2000;
  private static final double TAIL = 0.025;

  /**
   * @param values at least one
   * @param seed of what is drawn
   */
  public static Bootstrap ofMean(double[] values, long seed) {
    Random random = new Random(seed); // Its algorithm is part of its specification.
    double[] means = new double[SAMPLES];
    for (int i = 0; i < SAMPLES; i++) {
      double sum = 0;
      for (int j = 0; j < values.length; j++) {
        sum += values[random.nextInt(values.length)];
      }
      means[i] = sum / values.length;
    }
    Arrays.sort(means);
    int below = (int) (SAMPLES * TAIL);
    return new Bootstrap(means[below], means[SAMPLES - 1 - below]);
  }
}
