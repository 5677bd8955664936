package io.flinkmistral.evaluation.statistics;

import java.util.List;

/**
 * Numbers that were added up.
 *
 * @param count how many
 * @param sum of them
 * @param squares sum of their squares
 */
public record Tally(long count, double sum, double squares) {
  public static final Tally NONE = new Tally(0, 0, 0);

  /** With one more. */
  public Tally plus(double value) {
    return new Tally(count + 1, sum + value, squares + value * value);
  }

  /** With those of another. */
  public Tally plus(Tally other) {
    return new Tally(count + other.count, sum + other.sum, squares + other.squares);
  }

  /** NaN where there are none. */
  public double mean() {
    return sum / count;
  }

  /**
   * The standard error of the mean: the sample's standard deviation, which divides by n - 1, by the
   * root of n; NaN where there are fewer than two numbers.
   */
  public double standardError() {
    return Math.sqrt(variance() / count);
  }

  private double variance() {
    if (count < 2) {
      return Double.NaN;
    }
    double deviations = squares - sum * sum / count;
    return Math.max(0, deviations) / (count - 1);
  }

  /**
   * The standard error of the mean over all parts of a group, from their own variances: {@code
   * sqrt(sum((n_i - 1) s_i^2) / (N - k) / N)} with N numbers in k parts. Parts of fewer than two
   * numbers have no variance, and count with their number alone.
   */
  public static double pooledStandardError(List<Tally> parts) {
    double deviations = 0;
    long all = 0;
    for (Tally part : parts) {
      deviations += part.count < 2 ? 0 : part.variance() * (part.count - 1);
      all += part.count;
    }
    return all <= parts.size() ? Double.NaN : Math.sqrt(deviations / (all - parts.size()) / all);
  }
}
