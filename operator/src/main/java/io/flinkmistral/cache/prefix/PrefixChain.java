package io.flinkmistral.cache.prefix;

import io.flinkmistral.cache.page.SharedPage;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * What a sequence's cache holds, from its beginning on, in the words of a {@link PrefixCache}: the
 * last of its full pages, and the tokens behind it. Owned by the cache.
 */
public final class PrefixChain {
  private final PrefixCache prefixes;
  private final String salt;
  private PrefixPlace last;

  /** Of the page that is not full yet. */
  private final int[] tokens;

  private int count;

  public PrefixChain(PrefixCache prefixes, String salt) {
    this(prefixes, salt, prefixes.beginning(salt));
  }

  private PrefixChain(PrefixCache prefixes, String salt, PrefixPlace last) {
    this.prefixes = prefixes;
    this.salt = salt;
    this.last = last;
    this.tokens = new int[prefixes.pageTokens()];
  }

  public boolean isOf(PrefixCache others, String otherSalt) {
    return prefixes == others && salt.equals(otherSalt);
  }

  /** Takes in the next token; whether the page is full with it, and {@link #fill} must follow. */
  public boolean accept(int token) {
    tokens[count++] = token;
    return count == tokens.length;
  }

  /**
   * The page is full.
   *
   * @param memory which the cache holds
   * @return what it holds instead; none if the page is not kept, and the chain goes no further
   */
  public Optional<SharedPage> fill(SharedPage memory) {
    Optional<PrefixPage> page = prefixes.add(last, tokens, memory);
    page.ifPresent(this::follow);
    return page.map(PrefixPage::memory);
  }

  private void follow(PrefixPage page) {
    last = page;
    count = 0;
  }

  /**
   * The pages that hold the next tokens, the first perhaps in place of one that is not full yet.
   * The cache holds each of them once more.
   */
  public List<SharedPage> take(int[] next) {
    int whole = (count + next.length) / tokens.length * tokens.length;
    if (whole == 0) {
      return List.of();
    }
    List<PrefixPage> run = prefixes.take(last, fromLastPage(next, whole));
    if (!run.isEmpty()) {
      follow(run.getLast());
    }
    return run.stream().map(PrefixPage::memory).toList();
  }

  /** What the page is found by that is the next to be full, if that is certain. */
  public Optional<PrefixKey> nextPage(int[] next) {
    return count + next.length < tokens.length
        ? Optional.empty()
        : prefixes.keyBehind(last, fromLastPage(next, tokens.length));
  }

  public boolean isAtHand(int[] next) {
    return nextPage(next).map(prefixes::has).orElse(false);
  }

  private int[] fromLastPage(int[] next, int total) {
    int[] all = Arrays.copyOf(tokens, total);
    System.arraycopy(next, 0, all, count, total - count);
    return all;
  }

  /** Gives up what is behind the first pages. */
  public void cut(int pages) {
    while (last.pages() > pages && last instanceof PrefixPage page) {
      last = page.before();
    }
    count = 0;
  }

  /** The same, for another cache of the same positions. */
  public PrefixChain branch() {
    PrefixChain branch = new PrefixChain(prefixes, salt, last);
    System.arraycopy(tokens, 0, branch.tokens, 0, count);
    branch.count = count;
    return branch;
  }
}
