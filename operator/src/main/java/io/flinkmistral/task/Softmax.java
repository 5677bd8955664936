package io.flinkmistral.task;

import java.util.Arrays;

/** Probabilities of scores that are logarithms. */
final class Softmax {
  private Softmax() {}

  /** The same on every machine: exponentials are those of {@link StrictMath}. */
  static double[] of(double[] scores) {
    double most = Arrays.stream(scores).max().orElse(0);
    double[] probabilities = new double[scores.length];
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      probabilities[i] = StrictMath.exp(scores[i] - most);
      sum += probabilities[i];
    }
    for (int i = 0; i < scores.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }
}
