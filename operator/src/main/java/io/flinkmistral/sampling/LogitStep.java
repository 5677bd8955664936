package io.flinkmistral.sampling;

/**
 * What changes logits before a token is drawn from them. It depends on the tokens so far, and on
 * nothing else, so that a replay does the same. Belongs to one answer.
 */
public interface LogitStep {
  /** The logit of a token that must not be drawn. No later step brings it back. */
  float FORBIDDEN = Float.NEGATIVE_INFINITY;

  /**
   * Changes logits.
   *
   * @param logits of all tokens, by id
   */
  void apply(float[] logits);

  /** The answer has one more token. */
  default void accept(int token) {}
}
