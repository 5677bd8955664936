package io.flinkmistral.jobs.gateway.load;

/**
 * How many requests wait for the job, and how fast they become fewer: what was written since the
 * last look and does not wait was taken on its way.
 *
 * @param nanos when it was looked
 * @param written requests, in all time
 * @param waiting requests
 * @param perSecond how many are taken on their way
 */
record QueueLength(long nanos, long written, long waiting, double perSecond) {
  /** How much one look says of the rate. */
  private static final double WEIGHT = 0.3;

  private static final double NANOS = 1e9;
  private static final int MOST_SECONDS = 60;

  static QueueLength first(long nanos, long written, long waiting) {
    return new QueueLength(nanos, written, waiting, 0);
  }

  QueueLength next(long later, long nowWritten, long nowWaiting) {
    double seconds = Math.max(1, later - nanos) / NANOS;
    double taken = Math.max(0, nowWritten - written + waiting - nowWaiting) / seconds;
    return new QueueLength(later, nowWritten, nowWaiting, perSecond + WEIGHT * (taken - perSecond));
  }

  /** In how many seconds there may be fewer than so many. */
  long secondsUntil(long most) {
    double seconds = (waiting - most + 1) / Math.max(perSecond, 1.0 / MOST_SECONDS);
    return Math.clamp((long) Math.ceil(seconds), 1, MOST_SECONDS);
  }
}
