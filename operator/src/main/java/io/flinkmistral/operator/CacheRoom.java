package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A slot's memory for keys and values, and who has it.
 *
 * <p>A conversation that goes live <i>reserves</i> all pages that it can come to need, up to its
 * most tokens and within the window. So what is written never runs out of room in mid-answer: a
 * live conversation waits for nothing, ends after a bounded number of tokens, and leaves its room
 * to the one that waits first. No order of waiting and holding can lock up. (To let caches grow
 * into each other's room would use it better, and would need a way to take it back from an answer
 * that is half written.)
 *
 * <p>When its answer is done, a conversation gives the reservation up and keeps the pages that it
 * has, as long as nobody needs them; the one that was used longest ago goes first. Nothing is
 * written for that, since all full pages are in state.
 *
 * <p>Pages that it shares with others are reserved all the same. Their {@link
 * io.flinkmistral.cache.prefix.PrefixCache} lets the oldest go, also those that are still read:
 * then their readers alone hold them, and nothing but their reservations accounts for that memory.
 * Nor is it known before the passes which pages are shared. So equal beginnings spare time, and
 * memory beyond what is reserved: fewer conversations may be live than there would be memory for,
 * never more.
 *
 * <p>Invariants: {@code reserved + idlePages <= capacity}; a live cache has no more pages than are
 * reserved for it.
 */
final class CacheRoom {
  /** {@code branches} are of further answers, which go when the last of them is whole. */
  private record Live(KvCache cache, int reserved, List<KvCache> branches) {
    Live(KvCache cache, int reserved) {
      this(cache, reserved, new ArrayList<>());
    }
  }

  private final int capacity;
  private final IntFunction<KvCache> newCache;
  private final Map<ConversationKey, Live> live = new HashMap<>();

  /** In the order of their last use. */
  private final LinkedHashMap<ConversationKey, KvCache> idle = new LinkedHashMap<>();

  private int reserved;
  private int idlePages;
  private long evictions;

  /**
   * @param capacity pages
   * @param newCache an empty cache that begins at a page
   */
  CacheRoom(int capacity, IntFunction<KvCache> newCache) {
    this.capacity = capacity;
    this.newCache = newCache;
  }

  /** Whether a conversation of so many pages can ever go live. */
  boolean canEverHold(int pages) {
    return pages <= capacity;
  }

  /** Whether it can go live now. */
  boolean hasRoom(int pages) {
    return reserved + pages <= capacity;
  }

  /**
   * Reserves pages for a conversation; there must be room. Others' idle caches make way for it.
   *
   * @return its own cache, if it is still there
   */
  Optional<KvCache> reserve(ConversationKey key, int pages) {
    if (!hasRoom(pages) || live.containsKey(key)) {
      throw new IllegalStateException(
          "%d pages cannot be reserved for %s beside %d of %d"
              .formatted(pages, key, reserved, capacity));
    }
    reserved += pages;
    Optional<KvCache> own = Optional.ofNullable(idle.remove(key));
    idlePages -= own.map(KvCache::pages).orElse(0);
    own.ifPresent(cache -> live.put(key, new Live(cache, pages)));
    Iterator<KvCache> oldest = idle.values().iterator();
    while (reserved + idlePages > capacity) {
      KvCache cache = oldest.next();
      oldest.remove();
      idlePages -= cache.pages();
      cache.close();
      evictions++;
    }
    return own;
  }

  /** An empty cache for a conversation that has reserved pages and had no cache of its own. */
  KvCache open(ConversationKey key, int pages, int firstPage) {
    KvCache cache = newCache.apply(firstPage);
    live.put(key, new Live(cache, pages));
    return cache;
  }

  /** A branch of a live conversation's cache, in the room that is reserved for it. */
  KvCache branch(ConversationKey key) {
    Live trunk = live.get(key);
    KvCache branch = trunk.cache().branch();
    trunk.branches().add(branch);
    return branch;
  }

  /** The conversation's answer is done: its cache may stay until the room is needed. */
  void release(ConversationKey key) {
    Live done = live.get(key);
    if (done.cache().pages() > done.reserved()) {
      throw new IllegalStateException(
          "%s has %d pages, but reserved %d".formatted(key, done.cache().pages(), done.reserved()));
    }
    done.branches().forEach(KvCache::close);
    live.remove(key);
    reserved -= done.reserved();
    idle.put(key, done.cache());
    idlePages += done.cache().pages();
  }

  /** The conversation is no more: nor is its idle cache. */
  void forget(ConversationKey key) {
    KvCache cache = idle.remove(key);
    if (cache != null) {
      idlePages -= cache.pages();
      cache.close();
    }
  }

  /**
   * Of the conversation's idle cache only the pages {@code first .. end - 1} are of use any more.
   */
  void cut(ConversationKey key, int first, int end) {
    KvCache cache = idle.get(key);
    if (cache == null) {
      return;
    }
    if (cache.firstPage() == first && end * cache.layout().pageTokens() <= cache.length()) {
      idlePages -= cache.pages();
      cache.cut(end);
      idlePages += cache.pages();
    } else {
      forget(key);
    }
  }

  /** Which part of it is reserved, or kept at hand: 0 to 1. */
  double usage() {
    return capacity == 0 ? 1 : (double) (reserved + idlePages) / capacity;
  }

  int idleConversations() {
    return idle.size();
  }

  /** Caches that made way for others so far. */
  long evictions() {
    return evictions;
  }

  /** Hands over all caches, to be closed when nobody reads them any more. */
  List<KvCache> removeAll() {
    List<KvCache> all = new ArrayList<>(idle.values());
    for (Live one : live.values()) {
      all.add(one.cache());
      all.addAll(one.branches());
    }
    live.clear();
    idle.clear();
    reserved = 0;
    idlePages = 0;
    return all;
  }
}
