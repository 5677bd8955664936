package io.flinkmistral.kernel.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory outside the heap, in huge pages where the system gives them: weights are read once a
 * token, and with pages of 4 KiB the translation of addresses costs a tenth of the bandwidth, and
 * of keys and values, which are read a few KiB at a time, about a seventh.
 *
 * <p>{@code Arena.allocate} touches all pages before they can be advised, and counts against the
 * JVM's limit of direct memory, which Flink sets low. So memory comes from {@code mmap}, and only
 * elsewhere than on Linux from an arena.
 */
public final class NativeMemory {
  /** All memory by address, without bounds: kernels read what others keep alive. */
  public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long HUGE_PAGE = 2L << 20;
  private static final long PAGE = 4096;

  private NativeMemory() {}

  /** Zeroed memory that lives as long as the segment, or a slice of it, can be reached. */
  public static MemorySegment allocate(long bytes) {
    return allocate(bytes, Arena.ofAuto());
  }

  /**
   * The same of so few bytes that a page of its own would not pay: to clear a huge one takes
   * milliseconds, and to link {@code mmap} many.
   */
  public static MemorySegment allocateFew(long bytes) {
    return Arena.ofAuto().allocate(bytes, 64);
  }

  /** Zeroed memory that lives as long as an arena; it begins at a multiple of 64 bytes at least. */
  public static MemorySegment allocate(long bytes, Arena arena) {
    if (!LinuxMemory.PRESENT) {
      return arena.allocate(bytes, 64);
    }
    long length = Math.ceilDiv(bytes, HUGE_PAGE) * HUGE_PAGE;
    // One huge page more, so that the start can be moved to a page's edge.
    long mapped = LinuxMemory.mmap(length + HUGE_PAGE);
    long start = Math.ceilDiv(mapped, HUGE_PAGE) * HUGE_PAGE;
    LinuxMemory.madvise(start, length, LinuxMemory.ADVICE_HUGE_PAGE);
    return MemorySegment.ofAddress(start)
        .reinterpret(bytes, arena, gone -> LinuxMemory.munmap(mapped, length + HUGE_PAGE));
  }

  /** Whether the system gives memory when it is written to first, and not when it is allocated. */
  static boolean isLazy() {
    return LinuxMemory.PRESENT;
  }

  /** Tells the system that a mapped file's pages are not needed; reading them again is possible. */
  public static void release(MemorySegment mappedFile) {
    if (LinuxMemory.PRESENT && mappedFile.isMapped()) {
      long start = Math.ceilDiv(mappedFile.address(), PAGE) * PAGE;
      long end = (mappedFile.address() + mappedFile.byteSize()) / PAGE * PAGE;
      if (start < end) {
        LinuxMemory.madvise(start, end - start, LinuxMemory.ADVICE_NOT_NEEDED);
      }
    }
  }
}
