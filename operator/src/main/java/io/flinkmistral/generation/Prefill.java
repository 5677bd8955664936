package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.logprobs.PromptRanks;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.protocol.PromptLogprobs;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Takes in a prompt for all answers to it, but for its last token: each answer is drawn from that
 * token's logits, and takes it in itself. What it has taken in is shared by way of {@link
 * KvCache#branch}.
 *
 * <p>It can say how likely the prompt's tokens were. Then it must take in all of them.
 */
final class Prefill implements Sequence {
  private final KvCache cache;
  private final int[] prompt;
  private final int end;
  private final Optional<PromptRanks> ranks;

  /**
   * @param prompt all of its tokens
   * @param cache what is held of it
   * @param ranks is told of the tokens' logits, where these are asked for
   */
  Prefill(int[] prompt, KvCache cache, Optional<PromptRanks> ranks) {
    if (ranks.isPresent() && cache.length() > 0) {
      throw new IllegalStateException(
          "%d tokens of a prompt are to be told of, and were taken in before"
              .formatted(cache.length()));
    }
    this.prompt = prompt.clone();
    this.end = prompt.length - 1;
    this.cache = cache;
    this.ranks = ranks;
  }

  @Override
  public KvCache cache() {
    return cache;
  }

  @Override
  public int pendingTokens() {
    return Math.max(0, end - cache.length());
  }

  @Override
  public SequenceInput nextInput(int atMost) {
    int from = cache.length();
    int count = Math.min(atMost, pendingTokens());
    return new SequenceInput(
        cache,
        Arrays.copyOfRange(prompt, from, from + count),
        ranks.isPresent() ? SequenceInput.Wanted.ALL : SequenceInput.Wanted.NONE);
  }

  @Override
  public List<Drawn> accept(Logits logits, int row, int rows) {
    for (int i = 0; i < rows; i++) {
      int next = cache.length() - rows + i + 1;
      ranks.orElseThrow().add(logits, row + i, prompt[next]);
    }
    return List.of();
  }

  @Override
  public boolean hasEnded() {
    return pendingTokens() == 0;
  }

  /** How likely the prompt's tokens were, where that is asked for; when it has ended. */
  Optional<PromptLogprobs> logprobs() {
    return ranks.map(PromptRanks::told);
  }
}
