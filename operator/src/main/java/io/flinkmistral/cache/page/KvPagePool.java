package io.flinkmistral.cache.page;

import io.flinkmistral.kernel.memory.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Off-heap memory for pages, handed out and taken back. Safe for use by many threads.
 *
 * <p>A page that was given back is handed out again, so that there are never more than were once in
 * use together: who takes keeps to a budget. All of them are freed with the pool. They are in an
 * arena of the pool's own because memory of automatic arenas counts against the JVM's limit of
 * direct memory, and goes only when the garbage collector has seen that nobody has it.
 */
public final class KvPagePool implements AutoCloseable {
  private static final long ALIGNMENT = 64;

  /** Bytes that are asked of the system at once: some huge pages. */
  private static final long SLAB = 32L << 20;

  private final int pageBytes;

  /** From one page of a slab to the next. */
  private final long pageStride;

  private final Arena arena = Arena.ofShared();
  private final Queue<SharedPage> free = new ConcurrentLinkedQueue<>();
  private final AtomicLong pagesInUse = new AtomicLong();

  /** What of the last slab was never handed out. */
  private MemorySegment rest = MemorySegment.NULL;

  public KvPagePool(KvLayout layout) {
    this.pageBytes = layout.pageBytes();
    this.pageStride = Math.ceilDiv(pageBytes, ALIGNMENT) * ALIGNMENT;
  }

  /** A page whose contents are undefined. */
  public SharedPage take() {
    SharedPage page = free.poll();
    SharedPage taken = (page != null ? page : next()).taken();
    pagesInUse.incrementAndGet();
    return taken;
  }

  private synchronized SharedPage next() {
    if (rest.byteSize() < pageStride) {
      long pages = Math.max(1, SLAB / pageStride);
      rest = NativeMemory.allocate(pages * pageStride, arena);
    }
    MemorySegment page = rest.asSlice(0, pageBytes);
    rest = rest.asSlice(pageStride);
    return new SharedPage(this, page);
  }

  void giveBack(SharedPage page) {
    pagesInUse.decrementAndGet();
    free.add(page);
  }

  /** Bytes of the pages that are handed out; one that is shared counts once. */
  public long bytesInUse() {
    return pagesInUse.get() * pageBytes;
  }

  /** Frees the memory; no page is to be used any more. */
  @Override
  public void close() {
    free.clear();
    arena.close();
  }
}
