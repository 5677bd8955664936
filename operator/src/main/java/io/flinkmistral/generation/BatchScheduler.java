package io.flinkmistral.generation;

import io.flinkmistral.model.SequenceInput;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Decides what the next forward pass computes: one token of each answer that is being written, and
 * beside them a bounded number of prompt tokens. What it decides has no influence on any text.
 *
 * <p>Of the prompt tokens, half are those of the prompts that came first, and half those of the
 * prompts that lack fewest. So a short prompt does not wait until a long one is taken in, and a
 * long one does not wait for ever for short ones that keep coming: its age brings it to the front.
 * With a budget of {@code b} tokens a pass,
 *
 * <ul>
 *   <li>a prompt is taken in after {@code ceil(2 * n / b)} passes, where {@code n} are the tokens
 *       that it and those that came before it lack, whatever comes later;
 *   <li>a prompt of {@code n} tokens is taken in after {@code ceil(2 * m * n / b)} passes, where
 *       {@code m} are the prompts that there are until then, however long they are: each is ahead
 *       of it with {@code n} tokens at most;
 *   <li>no pass takes in less than {@code b} prompt tokens where so many are lacking.
 * </ul>
 *
 * <p>Each half of an odd budget is the greater one in every other pass. The last token that is
 * lacking costs nothing: there is no telling it from the token of an answer.
 *
 * <p>Owned by one thread.
 */
public final class BatchScheduler {
  private final int prefillTokens;

  /** In the order in which they came. */
  private final Set<Generation> live = new LinkedHashSet<>();

  private boolean oddPass;

  /** A generation that lacks tokens, and how many of them the next pass takes in. */
  private static final class Share {
    final Generation generation;
    final int pending;
    int taken;

    Share(Generation generation) {
      this.generation = generation;
      this.pending = generation.pendingTokens();
    }

    boolean isPrompt() {
      return pending > 1;
    }

    int lacking() {
      return pending - taken;
    }

    /** Takes what it lacks, but no more than is left; how much is left then. */
    int takeOf(int left) {
      int more = Math.min(lacking(), left);
      taken += more;
      return left - more;
    }
  }

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
    List<Share> shares = live.stream().map(Share::new).toList();
    shareBudget(shares.stream().filter(Share::isPrompt).toList());
    List<Generation> generations = new ArrayList<>();
    List<SequenceInput> inputs = new ArrayList<>();
    for (Share share : shares) {
      int take = share.isPrompt() ? share.taken : 1;
      if (take > 0) {
        generations.add(share.generation);
        inputs.add(share.generation.nextInput(take));
      }
    }
    return Optional.of(new Pass(generations, inputs));
  }

  private void shareBudget(List<Share> prompts) {
    int ofTheFirst = (prefillTokens + (oddPass ? 1 : 0)) / 2;
    oddPass = !oddPass;
    int left = prefillTokens - ofTheFirst + take(prompts, ofTheFirst);
    take(prompts.stream().sorted(Comparator.comparingInt(Share::lacking)).toList(), left);
  }

  /** Lets one after the other take what it lacks of a budget; how much of that is left. */
  private static int take(List<Share> prompts, int budget) {
    int left = budget;
    for (Share prompt : prompts) {
      left = prompt.takeOf(left);
    }
    return left;
  }
}
