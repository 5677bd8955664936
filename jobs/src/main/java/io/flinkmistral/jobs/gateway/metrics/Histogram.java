package io.flinkmistral.jobs.gateway.metrics;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/** How many values there were up to each of some bounds. */
final class Histogram {
  private final double[] bounds;
  private final AtomicLongArray counts;
  private final DoubleAdder sum = new DoubleAdder();

  /**
   * @param bounds rising
   */
  Histogram(double... bounds) {
    this.bounds = bounds.clone();
    this.counts = new AtomicLongArray(bounds.length + 1);
  }

  void add(double value) {
    int bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]) {
      bucket++;
    }
    counts.incrementAndGet(bucket);
    sum.add(value);
  }

  /** In the text form of Prometheus, in which each bucket has those below it, too. */
  void write(StringBuilder text, String name, String label) {
    text.append("# TYPE %s histogram\n".formatted(name));
    long count = 0;
    for (int i = 0; i <= bounds.length; i++) {
      count += counts.get(i);
      String bound = i == bounds.length ? "+Inf" : Double.toString(bounds[i]);
      text.append("%s_bucket{%s,le=\"%s\"} %d\n".formatted(name, label, bound, count));
    }
    text.append("%s_count{%s} %d\n".formatted(name, label, count));
    text.append("%s_sum{%s} %s\n".formatted(name, label, sum.sum()));
  }
}
