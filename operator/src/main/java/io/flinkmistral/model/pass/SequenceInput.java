package io.flinkmistral.model.pass;

import io.flinkmistral.cache.KvCache;

/**
 * What one sequence brings to a forward pass.
 *
 * @param cache what went before; the pass appends to it
 * @param tokens the next tokens, at least one
 * @param logits of which of them logits are wanted, or hidden states
 */
public record SequenceInput(KvCache cache, int[] tokens, Wanted logits) {

  /** What is wanted of which tokens. */
  public enum Wanted {
    NONE,
    /** Logits of the last one. */
    LAST,
    /** Logits of all. */
    ALL,
    /** The last one's hidden state. */
    LAST_HIDDEN,
    /** All hidden states. */
    ALL_HIDDEN
  }

  /** How many tokens logits are wanted of. */
  public int logitRows() {
    return switch (logits) {
      case NONE, LAST_HIDDEN, ALL_HIDDEN -> 0;
      case LAST -> 1;
      case ALL -> tokens.length;
    };
  }

  /** How many tokens' hidden states are wanted. */
  public int hiddenRows() {
    return switch (logits) {
      case NONE, LAST, ALL -> 0;
      case LAST_HIDDEN -> 1;
      case ALL_HIDDEN -> tokens.length;
    };
  }
}
