package io.flinkmistral.cache.page;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The memory of a page, which goes back to its pool when the last of those who hold it has released
 * it. Whoever takes or retains it holds it once more.
 *
 * <p>Only the cache that took it writes to it, and not when it is full: others read full pages
 * alone. Safe for use by many threads.
 */
public final class SharedPage {
  private final KvPagePool pool;
  private final MemorySegment memory;
  private final AtomicInteger holders = new AtomicInteger();

  SharedPage(KvPagePool pool, MemorySegment memory) {
    this.pool = pool;
    this.memory = memory;
  }

  public MemorySegment memory() {
    return memory;
  }

  /** The pool hands it out to its first holder. */
  SharedPage taken() {
    if (!holders.compareAndSet(0, 1)) {
      throw new IllegalStateException("a page that is held was handed out again");
    }
    return this;
  }

  /** Whether the caller, who holds it, is the only one. */
  public boolean isHeldOnce() {
    return holders.get() == 1;
  }

  /** One more holds it. */
  public SharedPage retain() {
    if (holders.getAndIncrement() < 1) {
      throw new IllegalStateException("a page that nobody holds any more was retained");
    }
    return this;
  }

  /** One less holds it. */
  public void release() {
    int left = holders.decrementAndGet();
    if (left == 0) {
      pool.giveBack(this);
    } else if (left < 0) {
      throw new IllegalStateException("a page was released more often than it was held");
    }
  }
}
