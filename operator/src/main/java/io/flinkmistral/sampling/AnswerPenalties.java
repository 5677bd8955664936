package io.flinkmistral.sampling;

import java.util.HashMap;
import java.util.Map;

/**
 * Makes each token less likely that the answer has: by a fixed amount, and by another for each time
 * that it is there. OpenAI's presence and frequency penalties.
 */
public final class AnswerPenalties implements LogitStep {
  private final double presence;
  private final double frequency;
  private final Map<Integer, Integer> counts = new HashMap<>();

  public AnswerPenalties(double presence, double frequency) {
    this.presence = presence;
    this.frequency = frequency;
  }

  @Override
  public void apply(float[] logits) {
    counts.forEach(
        (token, count) -> logits[token] = (float) (logits[token] - (count * frequency + presence)));
  }

  @Override
  public void accept(int token) {
    counts.merge(token, 1, Integer::sum);
  }
}
