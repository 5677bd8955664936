package io.flinkmistral.sampling;

/**
 * Log probabilities: {@code logit - log(sum(exp(logits)))}, in double precision and in the order of
 * the vocabulary, so that they are the same in every batch.
 */
public final class LogSoftmax {
  private LogSoftmax() {}

  /**
   * What is taken off a logit to give its token's log probability.
   *
   * @param logits holds {@code size} logits from {@code offset} on
   */
  public static double normalizer(float[] logits, int offset, int size) {
    float most = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < size; i++) {
      most = Math.max(most, logits[offset + i]);
    }
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += StrictMath.exp((double) logits[offset + i] - most);
    }
    return most + StrictMath.log(sum);
  }
}
