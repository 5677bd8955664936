package io.flinkmistral.cache;

import java.util.OptionalInt;

/**
 * Which positions of a sequence later tokens can still see, and so which pages are kept: all
 * arithmetic of the sliding window (Jiang et al., arXiv 2310.06825, section 2).
 *
 * <p>A query at position {@code i} sees the positions {@code j <= i} with {@code i - j < tokens}.
 *
 * @param pageTokens tokens in a page
 * @param tokens of the window; empty where every query sees all that came before
 */
public record KvWindow(int pageTokens, OptionalInt tokens) {

  /** The first position that a query at {@code position} sees. */
  public int firstVisible(int position) {
    return tokens.isPresent() ? Math.max(0, position - tokens.getAsInt() + 1) : 0;
  }

  /**
   * The first page that a sequence of {@code length} positions keeps: the one with the first
   * position that a query at the beginning of its last, perhaps partly filled page sees. For a
   * cache that is restored from its full pages computes that page's tokens again.
   */
  public int firstKept(int length) {
    return firstVisible(length - length % pageTokens) / pageTokens;
  }

  /**
   * The most pages that a {@link KvCache} ever has whose sequence gets as long as {@code positions}
   * while it takes in at most {@code chunk} tokens at once. With a window of {@code w} tokens and
   * pages of {@code p}, a cache of {@code n} tokens keeps what a query at the beginning of its last
   * page sees: from {@code n - (p - 1) - (w - 1)} on; and it makes room up to {@code n + chunk -
   * 1}. That is a run of {@code chunk + p + w - 2} positions, which lies anyhow in the pages.
   */
  public int mostPages(int positions, int chunk) {
    int all = Math.ceilDiv(positions, pageTokens);
    if (tokens.isEmpty()) {
      return all;
    }
    long run = (long) chunk + pageTokens + tokens.getAsInt() - 2;
    return (int) Math.min(all, (run - 1) / pageTokens + 2);
  }

  /**
   * The most pages that several sequences have together that begin alike: {@link KvCache} takes in
   * what they share, and {@link KvCache#branch} makes the others of it. What is full of the shared
   * positions is there once, however many hold it.
   *
   * @param shared positions with which all begin
   * @param sequences how many there are
   * @param positions that each gets as long as
   * @param chunk the most tokens that are taken in at once
   */
  public int mostPages(int shared, int sequences, int positions, int chunk) {
    if (sequences == 1) {
      return mostPages(positions, chunk);
    }
    int full = shared / pageTokens;
    int ofAll = tokens.isEmpty() ? full : mostPages(shared, chunk);
    int ofEach = Math.ceilDiv(positions, pageTokens) - full;
    if (tokens.isPresent()) {
      ofEach = Math.min(ofEach, mostPages(Integer.MAX_VALUE, chunk));
    }
    return (int) Math.min(Integer.MAX_VALUE, ofAll + (long) sequences * ofEach);
  }

  /**
   * The page from which a sequence's keys and values are computed again where none can be used. A
   * layer's key depends on a window of positions of the layer below: so it is a window for each
   * layer before the last full page, or the beginning.
   */
  public int firstToRebuild(int length, int layers) {
    if (tokens.isEmpty()) {
      return 0;
    }
    long reach = (long) layers * tokens.getAsInt() + pageTokens;
    return (int) (Math.max(0, length - reach) / pageTokens);
  }
}
