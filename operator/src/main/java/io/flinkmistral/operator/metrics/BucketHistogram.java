package io.flinkmistral.operator.metrics;

import java.util.Arrays;
import java.util.stream.DoubleStream;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;

/**
 * A histogram as Prometheus knows it: for each bound a counter {@code NAME_bucket} with the label
 * {@code le} of the observations up to it, and {@code NAME_sum} and {@code NAME_count}. Buckets of
 * many tasks can be added up, which the quantiles that Flink's reporters make of its own histograms
 * cannot.
 *
 * <p>Owned by the task's thread.
 */
final class BucketHistogram {
  private final double[] bounds;
  private final Counter[] upTo;
  private final Counter count;
  private volatile double sum;

  /**
   * @param bounds in ascending order; that of infinity is added
   */
  BucketHistogram(MetricGroup group, String name, double... bounds) {
    this.bounds =
        DoubleStream.concat(Arrays.stream(bounds), DoubleStream.of(Double.POSITIVE_INFINITY))
            .toArray();
    this.upTo =
        Arrays.stream(this.bounds)
            .mapToObj(bound -> group.addGroup("le", label(bound)).counter(name + "_bucket"))
            .toArray(Counter[]::new);
    this.count = group.counter(name + "_count");
    group.gauge(name + "_sum", (Gauge<Double>) () -> sum);
  }

  private static String label(double bound) {
    return bound == Double.POSITIVE_INFINITY ? "+Inf" : Double.toString(bound);
  }

  @SuppressWarnings("NonAtomicOperationOnVolatileField") // Others only read it.
  void observe(double value) {
    for (int i = bounds.length - 1; i >= 0 && value <= bounds[i]; i--) {
      upTo[i].inc();
    }
    count.inc();
    sum += value;
  }
}
