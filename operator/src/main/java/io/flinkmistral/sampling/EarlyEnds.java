package io.flinkmistral.sampling;

import java.util.Collection;

/** Forbids tokens that end an answer, until it has some tokens. */
public final class EarlyEnds implements LogitStep {
  private final int[] ends;
  private final int minTokens;
  private int tokens;

  /**
   * @param ends that are forbidden
   * @param minTokens tokens of the answer from which on they are not; {@link Integer#MAX_VALUE} for
   *     never
   */
  public EarlyEnds(Collection<Integer> ends, int minTokens) {
    this.ends = ends.stream().mapToInt(Integer::intValue).sorted().distinct().toArray();
    this.minTokens = minTokens;
  }

  @Override
  public void apply(float[] logits) {
    if (tokens < minTokens) {
      Ban.apply(ends, logits);
    }
  }

  @Override
  public void accept(int token) {
    tokens++;
  }
}
