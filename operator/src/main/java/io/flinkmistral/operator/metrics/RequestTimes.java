package io.flinkmistral.operator.metrics;

/**
 * How long a request took, in seconds.
 *
 * @param queue from its arrival until its turn began
 * @param prefill from then to the first token
 * @param decode from the first token to the last
 */
public record RequestTimes(double queue, double prefill, double decode) {
  /** From its arrival to the first token. */
  double timeToFirstToken() {
    return queue + prefill;
  }

  double endToEnd() {
    return queue + prefill + decode;
  }
}
