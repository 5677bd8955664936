package io.flinkmistral.cache.prefix;

import io.flinkmistral.cache.page.SharedPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Full pages by what they hold, so that sequences that begin alike share them. A page's keys and
 * values depend on the tokens up to its end alone, bit for bit, so that one that is found here is
 * the one that would be computed.
 *
 * <p>Pages are found by a hash chain: of the page before, and of the page's tokens; what the first
 * page follows is the salt. Which page it is, the tokens decide ({@link PrefixKey}).
 *
 * <p>It holds its pages as any reader does, beside those who use them, and lets those go that were
 * used longest ago where there is no room. A page is used whenever one behind it is: so none goes
 * before those behind it, and what is here can be found. Safe for use by many threads.
 */
public final class PrefixCache {
  /** Spreads what tokens and pages are told apart by. */
  interface ChainHash {
    long of(long before, int[] tokens);
  }

  /** Of FNV-1a (Fowler, Noll, Vo) over whole tokens: its constants of 64 bits. */
  private static final long OFFSET = 0xcbf29ce484222325L;

  private static final long PRIME = 0x100000001b3L;

  private final long fingerprint;
  private final int pageTokens;
  private final ChainHash hash;
  private int capacity;

  /** In the order of their last use. */
  private final Map<PrefixKey, PrefixPage> pages = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * An empty one that has room for nothing.
   *
   * @param fingerprint of all that keys and values depend on, beside the tokens
   */
  public PrefixCache(String fingerprint, int pageTokens) {
    this(fingerprint, pageTokens, PrefixCache::chained);
  }

  PrefixCache(String fingerprint, int pageTokens, ChainHash hash) {
    this.fingerprint = chained(OFFSET, fingerprint.codePoints().toArray());
    this.pageTokens = pageTokens;
    this.hash = hash;
  }

  private static long chained(long before, int[] tokens) {
    long hash = before;
    for (int token : tokens) {
      hash = (hash ^ token) * PRIME;
      hash ^= hash >>> 32; // Upwards alone, differences of high bits would be lost.
    }
    return hash;
  }

  /** Somebody wants so many pages for all: where they ask for different ones, the most count. */
  public synchronized void growTo(int pages) {
    capacity = Math.max(capacity, pages);
  }

  /** Pages that it holds. */
  public synchronized int pages() {
    return pages.size();
  }

  /** Those of them that no sequence holds. */
  public synchronized int idlePages() {
    return (int) pages.values().stream().filter(page -> page.memory().isHeldOnce()).count();
  }

  int pageTokens() {
    return pageTokens;
  }

  PrefixPlace.Beginning beginning(String salt) {
    return new PrefixPlace.Beginning(salt, hash.of(fingerprint, salt.codePoints().toArray()));
  }

  private PrefixKey key(PrefixPlace before, int[] tokens) {
    return new PrefixKey(before, tokens, hash.of(before.hash(), tokens));
  }

  /**
   * What a page of these tokens would be found by; none where it could not be kept.
   *
   * @param tokens of one page
   */
  synchronized Optional<PrefixKey> keyBehind(PrefixPlace before, int[] tokens) {
    return isHere(before) && before.pages() < capacity
        ? Optional.of(key(before, tokens))
        : Optional.empty();
  }

  synchronized boolean has(PrefixKey key) {
    return pages.containsKey(key); // Which is no use of it.
  }

  private boolean isHere(PrefixPlace place) {
    return switch (place) {
      case PrefixPlace.Beginning _ -> true;
      case PrefixPage page -> page.isKept();
    };
  }

  /**
   * The pages that hold the tokens that follow, as far as there are any. The caller holds each of
   * them once more.
   *
   * @param tokens of whole pages
   */
  synchronized List<PrefixPage> take(PrefixPlace before, int[] tokens) {
    List<PrefixPage> run = new ArrayList<>();
    PrefixPlace place = before;
    for (int from = 0; from < tokens.length; from += pageTokens) {
      PrefixPage page = pages.get(key(place, Arrays.copyOfRange(tokens, from, from + pageTokens)));
      if (page == null) {
        break;
      }
      page.memory().retain();
      run.add(page);
      place = page;
    }
    if (!run.isEmpty()) { // It takes a walk to the beginning.
      use(place);
    }
    return run;
  }

  /**
   * Keeps a page that was filled.
   *
   * @param tokens of the page
   * @param memory which the caller holds
   * @return the page that is kept, which the caller holds instead: another one, if one of the same
   *     tokens was here before; none if there is no room
   */
  synchronized Optional<PrefixPage> add(PrefixPlace before, int[] tokens, SharedPage memory) {
    if (!isHere(before)) {
      return Optional.empty();
    }
    use(before);
    PrefixKey key = key(before, tokens);
    PrefixPage page = pages.get(key);
    if (page == null) {
      if (!makeRoom(before)) {
        return Optional.empty();
      }
      page = new PrefixPage(key, memory.retain()); // Which it holds from now on.
      pages.put(key, page);
    } else if (page.memory() != memory) {
      page.memory().retain();
      memory.release();
    }
    use(before); // After the new one: it must not go first.
    return Optional.of(page);
  }

  /** The place and all before it are used: the first page last. */
  private void use(PrefixPlace place) {
    PrefixPlace at = place;
    while (at instanceof PrefixPage page) {
      pages.get(page.key());
      at = page.before();
    }
  }

  /** Room for one more page behind a place that was used last. */
  private boolean makeRoom(PrefixPlace place) {
    if (pages.size() < capacity) {
      return true;
    }
    Iterator<PrefixPage> oldest = pages.values().iterator();
    if (!oldest.hasNext()) {
      return false;
    }
    PrefixPage page = oldest.next();
    if (isOnTheWayTo(place, page)) {
      return false; // All others have gone.
    }
    oldest.remove();
    page.letGo();
    return true;
  }

  private static boolean isOnTheWayTo(PrefixPlace place, PrefixPage page) {
    PrefixPlace at = place;
    while (at instanceof PrefixPage one) {
      if (one == page) {
        return true;
      }
      at = one.before();
    }
    return false;
  }

  /** Lets all pages go. */
  public synchronized void clear() {
    pages.values().forEach(PrefixPage::letGo);
    pages.clear();
  }
}
