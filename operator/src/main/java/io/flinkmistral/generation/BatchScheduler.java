package io.flinkmistral.generation;

import io.flinkmistral.model.SequenceInput;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decides what the next forward pass computes: one token of each answer that is being written, and
 * beside them a bounded number of prompt tokens, first come first served, so that a long prompt
 * does not hold up the others. What it decides has no influence on any text.
 *
 * <p>Owned by one thread.
 */
public final class BatchScheduler {
  private final int prefillTokens;
  private final Set<Generation> live = new LinkedHashSet<>();

  /**
   * @param prefillTokens the most prompt tokens in a pass, at least 1
   */
  public BatchScheduler(int prefillTokens) {
    if (prefillTokens < 1) {
      throw new IllegalArgumentException(
          "a pass must take in at least 1 prompt token, but is to take in " + prefillTokens);
    }
    this.prefillTokens = prefillTokens;
  }

  public void add(Generation generation) {
    live.add(generation);
  }

  public void remove(Generation generation) {
    live.remove(generation);
  }

  /** The next pass; none where no generation is live. */
  public Optional<Pass> nextPass() {
    if (live.isEmpty()) {
      return Optional.empty();
    }
    List<Generation> generations = new ArrayList<>();
    List<SequenceInput> inputs = new ArrayList<>();
    int budget = prefillTokens;
    for (Generation generation : live) {
      int pending = generation.pendingTokens();
      int take = pending == 1 ? 1 : Math.min(pending, budget);
      if (take > 0) {
        generations.add(generation);
        inputs.add(generation.nextInput(take));
        budget -= pending == 1 ? 0 : take;
      }
    }
    return Optional.of(new Pass(generations, inputs));
  }
}
