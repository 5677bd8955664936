package io.flinkmistral.kernel.machine;

import io.flinkmistral.kernel.memory.LinuxMemory;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Memory between two pages that cannot be touched: who does ends the JVM. */
public final class GuardPages {
  private static final long PAGE = 4096;
  private static final MethodHandle MPROTECT =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("mprotect"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_LONG,
                  ValueLayout.JAVA_INT));

  private GuardPages() {}

  /** Bytes right behind a page, or right before one. */
  public static MemorySegment allocate(long bytes, boolean before) {
    long whole = Math.ceilDiv(bytes, PAGE) * PAGE;
    long start = LinuxMemory.mmap(PAGE + whole + PAGE);
    protect(start);
    protect(start + PAGE + whole);
    long address = before ? start + PAGE + whole - bytes : start + PAGE;
    return MemorySegment.ofAddress(address).reinterpret(bytes);
  }

  private static void protect(long page) {
    try {
      int result = (int) MPROTECT.invokeExact(page, PAGE, 0);
      if (result != 0) {
        throw new IllegalStateException("mprotect: " + result);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
