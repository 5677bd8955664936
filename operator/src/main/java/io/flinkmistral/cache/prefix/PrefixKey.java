package io.flinkmistral.cache.prefix;

import java.util.Arrays;

/**
 * What a full page holds: which tokens, and behind what. Two are equal if all tokens of both are,
 * from the beginning on: the page before is the same one, and that has been compared. The hash only
 * finds it.
 */
public final class PrefixKey {
  private final PrefixPlace before;
  private final int[] tokens;
  private final long hash;

  /**
   * @param hash of the place before and the tokens
   */
  PrefixKey(PrefixPlace before, int[] tokens, long hash) {
    this.before = before;
    this.tokens = tokens.clone();
    this.hash = hash;
  }

  PrefixPlace before() {
    return before;
  }

  long hash() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PrefixKey that
        && hash == that.hash
        && before.equals(that.before)
        && Arrays.equals(tokens, that.tokens);
  }

  @Override
  public int hashCode() {
    return Long.hashCode(hash);
  }
}
