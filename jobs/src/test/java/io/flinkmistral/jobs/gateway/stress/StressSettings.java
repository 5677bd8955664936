package io.flinkmistral.jobs.gateway.stress;

import java.time.Duration;

/**
 * How much stress: from the properties {@code stress.streams, .minutes, .seed}.
 *
 * @param streams how many clients ask at the same time, each again and again
 * @param time for which they do
 */
record StressSettings(int streams, Duration time, long seed) {
  private static final double SHORT_MINUTES = 0.3;
  private static final Duration BETWEEN_BLOWS = Duration.ofSeconds(9);

  static StressSettings fromProperties() {
    double minutes = Double.parseDouble(System.getProperty("stress.minutes", "" + SHORT_MINUTES));
    return new StressSettings(
        Integer.getInteger("stress.streams", 100),
        Duration.ofMillis((long) (minutes * 60_000)),
        Long.getLong("stress.seed", 1));
  }

  /** How often something is killed. */
  int blows() {
    return (int) Math.max(2, time.dividedBy(BETWEEN_BLOWS));
  }
}
