package io.flinkmistral.model;

import io.flinkmistral.cache.KvCache;

/**
 * What one sequence brings to a forward pass.
 *
 * @param cache what went before; the pass appends to it
 * @param tokens the next tokens, at least one
 * @param logits of which of them logits are wanted
 */
public record SequenceInput(KvCache cache, int[] tokens, Wanted logits) {

  /** Of which tokens logits are wanted. */
  public enum Wanted {
    NONE,
    LAST,
    ALL
  }

  /** How many tokens logits are wanted of. */
  public int logitRows() {
    return switch (logits) {
      case NONE -> 0;
      case LAST -> 1;
      case ALL -> tokens.length;
    };
  }
}
