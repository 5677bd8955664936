package io.flinkmistral.cache;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Off-heap memory for pages, handed out and taken back. Safe for use by many threads.
 *
 * <p>Each page is in an automatic arena: one that is never given back, because its user was
 * cancelled while a forward pass was reading it, is freed by the garbage collector.
 */
public final class KvPagePool {
  private static final long ALIGNMENT = 64;

  private final int pageBytes;
  private final Queue<MemorySegment> free = new ConcurrentLinkedQueue<>();
  private final AtomicLong pagesInUse = new AtomicLong();

  public KvPagePool(KvLayout layout) {
    this.pageBytes = layout.pageBytes();
  }

  /** A page whose contents are undefined. */
  MemorySegment take() {
    pagesInUse.incrementAndGet();
    MemorySegment page = free.poll();
    return page != null ? page : Arena.ofAuto().allocate(pageBytes, ALIGNMENT);
  }

  void giveBack(MemorySegment page) {
    pagesInUse.decrementAndGet();
    free.add(page);
  }

  /** Bytes of the pages that are handed out. */
  public long bytesInUse() {
    return pagesInUse.get() * pageBytes;
  }
}
