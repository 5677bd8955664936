package io.flinkmistral.generation.logprobs;

import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.sampling.LogSoftmax;
import io.flinkmistral.sampling.Ranking;

/**
 * How likely a token of an answer was, and which ones were the most likely in its place: by the
 * model's logits as they are, whatever was done to them before the draw. It does not follow from
 * the tokens, but is the same each time that they are computed.
 *
 * @param token its id
 * @param logprob natural logarithm of its probability
 * @param topTokens ids of the most probable tokens, the first one first
 * @param topLogprobs theirs
 */
public record TokenLogprobs(int token, float logprob, int[] topTokens, float[] topLogprobs) {
  /** What stands for a probability of 0, which has no logarithm, as OpenAI has it. */
  private static final float IMPOSSIBLE = -9999;

  /**
   * @param row of the logits, which the token was drawn from
   * @param top how many of the most probable tokens are wanted
   */
  static TokenLogprobs of(Logits logits, int row, int token, int top) {
    float[] values = logits.values();
    int from = logits.offset(row);
    int size = logits.vocabularySize();
    double normalizer = LogSoftmax.normalizer(values, from, size);
    int[] tokens =
        top == 0
            ? new int[0]
            : Ranking.mostProbable(values, from, size, Float.NEGATIVE_INFINITY, top);
    float[] logprobs = new float[tokens.length];
    for (int i = 0; i < tokens.length; i++) {
      logprobs[i] = logprob(values[from + tokens[i]], normalizer);
    }
    return new TokenLogprobs(token, logprob(values[from + token], normalizer), tokens, logprobs);
  }

  private static float logprob(float logit, double normalizer) {
    double logprob = logit - normalizer;
    return logprob >= IMPOSSIBLE ? (float) logprob : IMPOSSIBLE; // Also where it is NaN.
  }
}
