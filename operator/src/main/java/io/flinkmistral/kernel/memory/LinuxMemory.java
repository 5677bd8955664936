package io.flinkmistral.kernel.memory;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** The C library's calls for memory; on Linux only. */
public final class LinuxMemory {
  public static final boolean PRESENT = "Linux".equals(System.getProperty("os.name"));

  // The values of <sys/mman.h> on Linux.
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int PROT_READ_EXECUTE = 1 | 4;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x02 | 0x20;
  private static final long MAP_FAILED = -1;

  /** {@code MADV_DONTNEED}. */
  static final int ADVICE_NOT_NEEDED = 4;

  /** {@code MADV_HUGEPAGE}. */
  static final int ADVICE_HUGE_PAGE = 14;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final MethodHandle MMAP =
      function("mmap", FunctionDescriptor.of(LONG, LONG, LONG, INT, INT, INT, LONG));
  private static final MethodHandle MUNMAP =
      function("munmap", FunctionDescriptor.of(INT, LONG, LONG));
  private static final MethodHandle MADVISE =
      function("madvise", FunctionDescriptor.of(INT, LONG, LONG, INT));
  private static final MethodHandle MPROTECT =
      function("mprotect", FunctionDescriptor.of(INT, LONG, LONG, INT));

  private LinuxMemory() {}

  /** None on other systems, where nobody calls it. */
  private static MethodHandle function(String name, FunctionDescriptor type) {
    if (!PRESENT) {
      return null;
    }
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), type);
  }

  /** Zeroed pages that can be read and written; their address. */
  public static long mmap(long bytes) {
    try {
      long address =
          (long) MMAP.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
      if (address == MAP_FAILED) {
        throw new OutOfMemoryError("the system gives no %d bytes more".formatted(bytes));
      }
      return address;
    } catch (Throwable e) {
      throw unexpected("mmap", e);
    }
  }

  /**
   * Lets whole pages be read and executed, and no more be written to.
   *
   * @return whether the system allows it
   */
  public static boolean makeExecutable(long address, long bytes) {
    try {
      return (int) MPROTECT.invokeExact(address, bytes, PROT_READ_EXECUTE) == 0;
    } catch (Throwable e) {
      throw unexpected("mprotect", e);
    }
  }

  /** Advice only: a kernel that does not take it changes nothing but speed. */
  static void madvise(long address, long bytes, int advice) {
    try {
      int ignored = (int) MADVISE.invokeExact(address, bytes, advice);
    } catch (Throwable e) {
      throw unexpected("madvise", e);
    }
  }

  public static void munmap(long address, long bytes) {
    try {
      int ignored = (int) MUNMAP.invokeExact(address, bytes);
    } catch (Throwable e) {
      throw unexpected("munmap", e);
    }
  }

  private static RuntimeException unexpected(String call, Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException(call, thrown);
    };
  }
}
