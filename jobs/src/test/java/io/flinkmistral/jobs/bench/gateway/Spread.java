package io.flinkmistral.jobs.bench.gateway;

import java.util.Arrays;

/**
 * How times are spread, in milliseconds.
 *
 * @param count of them
 * @param p99 of a hundred one is longer
 */
record Spread(int count, double median, double p99) {
  private static final double NANOS = 1e6;

  static Spread of(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    return new Spread(sorted.length, at(sorted, 0.5), at(sorted, 0.99));
  }

  /** The smallest that so large a part is not above. */
  private static double at(long[] sorted, double part) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)] / NANOS;
  }
}
