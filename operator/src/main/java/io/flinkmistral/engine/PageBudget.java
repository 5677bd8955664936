package io.flinkmistral.engine;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Pages of keys and values that several callers share. Whoever finds no room waits its turn: nobody
 * passes over one who came before. Safe for use by many threads.
 */
final class PageBudget {
  private int capacity;

  /** Who waits, in the order in which they came, and how to tell them. */
  private final Map<Object, Runnable> waiting = new LinkedHashMap<>();

  private int reserved;

  /** A caller wants so many pages for all: where callers ask for different ones, the most count. */
  void growTo(int pages) {
    synchronized (this) {
      capacity = Math.max(capacity, pages);
    }
    tellFirst();
  }

  synchronized int capacity() {
    return capacity;
  }

  /**
   * Reserves pages, if there is room and nobody waits before.
   *
   * @param caller who asks
   * @param whenRoom is run when the caller may ask again, if it gets nothing now
   */
  boolean tryReserve(Object caller, int pages, Runnable whenRoom) {
    synchronized (this) {
      waiting.putIfAbsent(caller, whenRoom);
      boolean isFirst = waiting.keySet().iterator().next() == caller;
      if (!isFirst || (long) reserved + pages > capacity) {
        return false;
      }
      waiting.remove(caller);
      reserved += pages;
    }
    tellFirst();
    return true;
  }

  /** Gives pages back. */
  void release(int pages) {
    synchronized (this) {
      reserved -= pages;
    }
    tellFirst();
  }

  /** The caller waits no longer. */
  void leave(Object caller) {
    synchronized (this) {
      waiting.remove(caller);
    }
    tellFirst();
  }

  private void tellFirst() {
    Runnable first;
    synchronized (this) {
      first = waiting.isEmpty() ? () -> {} : waiting.values().iterator().next();
    }
    first.run();
  }
}
