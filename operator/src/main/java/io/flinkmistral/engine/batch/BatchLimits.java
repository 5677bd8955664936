package io.flinkmistral.engine.batch;

import java.io.Serializable;

/**
 * Limits of the batch that all who share a model are decoded in. Where they ask for different ones,
 * the greatest count.
 *
 * @param conversations most sequences in the batch
 * @param prefillTokens most prompt tokens in a pass; of one client never more than it asked for
 */
public record BatchLimits(int conversations, int prefillTokens) implements Serializable {
  private static final long serialVersionUID = 1L;

  static final BatchLimits LEAST = new BatchLimits(1, 1);

  public BatchLimits {
    requireOne("sequence in a batch", conversations);
    requireOne("prompt token in a pass", prefillTokens);
  }

  private static void requireOne(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "there must be at least 1 %s, but there are to be %d".formatted(what, number));
    }
  }

  BatchLimits or(BatchLimits other) {
    return new BatchLimits(
        Math.max(conversations, other.conversations), Math.max(prefillTokens, other.prefillTokens));
  }
}
