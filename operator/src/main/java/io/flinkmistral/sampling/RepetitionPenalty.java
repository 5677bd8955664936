package io.flinkmistral.sampling;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Makes each token less likely that is among the last ones of the conversation, prompt included: a
 * positive logit is divided, another one multiplied (Keskar and others: CTRL, 2019, section 4.1, as
 * llama.cpp and vLLM have mended it).
 */
public final class RepetitionPenalty implements LogitStep {
  private final double penalty;
  private final int lastN;
  private final Deque<Integer> last = new ArrayDeque<>();
  private final Map<Integer, Integer> counts = new HashMap<>();

  /**
   * @param lastN how many tokens are looked at; -1 for all
   * @param prompt all tokens before the answer
   */
  public RepetitionPenalty(double penalty, int lastN, int[] prompt) {
    this.penalty = penalty;
    this.lastN = lastN < 0 ? Integer.MAX_VALUE : lastN;
    for (int i = Math.max(0, prompt.length - this.lastN); i < prompt.length; i++) {
      accept(prompt[i]);
    }
  }

  @Override
  public void apply(float[] logits) {
    for (int token : counts.keySet()) {
      double logit = logits[token];
      logits[token] = (float) (logit > 0 ? logit / penalty : logit * penalty);
    }
  }

  @Override
  public void accept(int token) {
    counts.merge(token, 1, Integer::sum);
    if (lastN == Integer.MAX_VALUE) {
      return; // None is ever forgotten.
    }
    last.addLast(token);
    if (last.size() > lastN) {
      counts.computeIfPresent(last.removeFirst(), (t, count) -> count == 1 ? null : count - 1);
    }
  }
}
