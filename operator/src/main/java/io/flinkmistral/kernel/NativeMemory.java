package io.flinkmistral.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

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
  static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final long HUGE_PAGE = 2L << 20;
  private static final long PAGE = 4096;

  // The values of <sys/mman.h> on Linux.
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
  private static final int MADV_DONTNEED = 4;
  private static final int MADV_HUGEPAGE = 14;
  private static final long MAP_FAILED = -1;

  private NativeMemory() {}

  /** Zeroed memory that lives as long as the segment, or a slice of it, can be reached. */
  static MemorySegment allocate(long bytes) {
    return allocate(bytes, Arena.ofAuto());
  }

  /**
   * The same of so few bytes that a page of its own would not pay: to clear a huge one takes
   * milliseconds, and to link {@code mmap} many.
   */
  static MemorySegment allocateFew(long bytes) {
    return Arena.ofAuto().allocate(bytes, 64);
  }

  /** Zeroed memory that lives as long as an arena; it begins at a multiple of 64 bytes at least. */
  public static MemorySegment allocate(long bytes, Arena arena) {
    if (!Linux.PRESENT) {
      return arena.allocate(bytes, 64);
    }
    long length = Math.ceilDiv(bytes, HUGE_PAGE) * HUGE_PAGE;
    // One huge page more, so that the start can be moved to a page's edge.
    long mapped = Linux.mmap(length + HUGE_PAGE);
    long start = Math.ceilDiv(mapped, HUGE_PAGE) * HUGE_PAGE;
    Linux.madvise(start, length, MADV_HUGEPAGE);
    return MemorySegment.ofAddress(start)
        .reinterpret(bytes, arena, gone -> Linux.munmap(mapped, length + HUGE_PAGE));
  }

  /** Whether the system gives memory when it is written to first, and not when it is allocated. */
  static boolean isLazy() {
    return Linux.PRESENT;
  }

  /** Tells the system that a mapped file's pages are not needed; reading them again is possible. */
  static void release(MemorySegment mappedFile) {
    if (Linux.PRESENT && mappedFile.isMapped()) {
      long start = Math.ceilDiv(mappedFile.address(), PAGE) * PAGE;
      long end = (mappedFile.address() + mappedFile.byteSize()) / PAGE * PAGE;
      if (start < end) {
        Linux.madvise(start, end - start, MADV_DONTNEED);
      }
    }
  }

  /** The C library's calls. */
  private static final class Linux {
    static final boolean PRESENT = "Linux".equals(System.getProperty("os.name"));
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final MethodHandle MMAP =
        function("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
    private static final MethodHandle MUNMAP =
        function("munmap", FunctionDescriptor.of(INT, LONG, LONG));
    private static final MethodHandle MADVISE =
        function("madvise", FunctionDescriptor.of(INT, LONG, LONG, INT));

    private static MethodHandle function(String name, FunctionDescriptor type) {
      Linker linker = Linker.nativeLinker();
      return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
    }

    static long mmap(long bytes) {
      try {
        long address =
            (long) MMAP.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
        if (address == MAP_FAILED) {
          throw new OutOfMemoryError("the system gives no %d bytes more".formatted(bytes));
        }
        return address;
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("mmap", e);
      }
    }

    /** Advice only: a kernel that does not take it changes nothing but speed. */
    static void madvise(long address, long bytes, int advice) {
      try {
        int ignored = (int) MADVISE.invokeExact(address, bytes, advice);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("madvise", e);
      }
    }

    static void munmap(long address, long bytes) {
      try {
        int ignored = (int) MUNMAP.invokeExact(address, bytes);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("munmap", e);
      }
    }
  }
}
