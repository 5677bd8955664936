package io.flinkmistral.task.work;

import java.util.Arrays;
import java.util.List;

/** Natural logarithms of probabilities. */
public final class LogProbabilities {
  private LogProbabilities() {}

  /** Of all tokens one after the other, in their order. */
  public static double sum(double[] tokens) {
    double sum = 0;
    for (double token : tokens) {
      sum += token;
    }
    return sum;
  }

  /** The same, of each answer. */
  static double[] sums(List<double[]> answers) {
    return answers.stream().mapToDouble(LogProbabilities::sum).toArray();
  }

  /** What is left to each where nothing else can be; the same on every machine. */
  public static double[] softmax(double[] scores) {
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
