package io.flinkmistral.generation;

import io.flinkmistral.cache.KvCache;
import java.util.Arrays;

/** Tokens that a sequence has from the beginning, and how many of them its cache lacks. */
final class KnownTokens {
  private final KvCache cache;
  private final int base;
  private final int[] tokens;

  /**
   * @param tokens what comes after that which the cache holds, at least one
   */
  KnownTokens(KvCache cache, int[] tokens) {
    if (tokens.length == 0) {
      throw new IllegalArgumentException("there is no token to take in");
    }
    this.cache = cache;
    this.base = cache.length();
    this.tokens = tokens.clone();
  }

  KvCache cache() {
    return cache;
  }

  int count() {
    return tokens.length;
  }

  int pending() {
    return base + tokens.length - cache.length();
  }

  /** The next ones, as many as are pending at the most. */
  int[] next(int atMost) {
    int from = cache.length() - base;
    return Arrays.copyOfRange(tokens, from, from + Math.min(atMost, pending()));
  }
}
