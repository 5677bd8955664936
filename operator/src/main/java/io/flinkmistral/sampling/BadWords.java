package io.flinkmistral.sampling;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Forbids the token that would complete a word: the last one of its tokens, where the answer ends
 * with those before it.
 */
public final class BadWords implements LogitStep {
  private final List<int[]> words;
  private final int longest;
  private int[] tail = new int[0];

  /**
   * @param words tokens of each, at least one
   */
  public BadWords(Collection<int[]> words) {
    this.words = words.stream().map(int[]::clone).toList();
    this.longest = words.stream().mapToInt(word -> word.length).max().orElse(0);
  }

  @Override
  public void apply(float[] logits) {
    int[] last =
        words.stream()
            .filter(this::isBegun)
            .mapToInt(word -> word[word.length - 1])
            .distinct()
            .toArray();
    if (last.length > 0) {
      Ban.apply(last, logits);
    }
  }

  private boolean isBegun(int[] word) {
    int begun = word.length - 1;
    return begun <= tail.length
        && Arrays.equals(word, 0, begun, tail, tail.length - begun, tail.length);
  }

  /** As many of the last tokens are kept as the longest word has before its last one. */
  @Override
  public void accept(int token) {
    int kept = Math.min(tail.length, Math.max(0, longest - 2));
    int[] next = Arrays.copyOfRange(tail, tail.length - kept, tail.length + 1);
    next[kept] = token;
    tail = next;
  }
}
