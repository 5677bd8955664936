package io.flinkmistral.operator.metrics;

import java.time.Duration;

/**
 * How long a request took.
 *
 * @param queue from its arrival until its turn began
 * @param prefill from then to the first token
 * @param decode from the first token to the last
 */
public record RequestTimes(Duration queue, Duration prefill, Duration decode) {
  /** From its arrival to the first token. */
  Duration timeToFirstToken() {
    return queue.plus(prefill);
  }

  Duration endToEnd() {
    return timeToFirstToken().plus(decode);
  }
}
