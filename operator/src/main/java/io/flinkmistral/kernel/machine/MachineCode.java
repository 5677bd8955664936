package io.flinkmistral.kernel.machine;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.memory.LinuxMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Collections;

/**
 * Code in pages of its own, which are written first and then made executable: never both at once.
 * They live as long as the method handle that calls them can be reached.
 *
 * <p>Calls are plain ones. A thread that is in one does not hold up a garbage collection.
 */
public final class MachineCode {
  private static final long PAGE = 4096;

  private MachineCode() {}

  /**
   * Makes code a function.
   *
   * @param code what the calling convention of Linux asks for: the first six parameters are in rdi,
   *     rsi, rdx, rcx, r8 and r9, and rbx, rbp and r12 to r15 are to be left as they were
   * @param parameters how many longs it takes
   * @return a method handle of as many longs and no result
   * @throws UnsupportedOperationException where this system runs no such code; it says why
   */
  public static MethodHandle function(Assembler code, int parameters) {
    FunctionDescriptor type =
        FunctionDescriptor.ofVoid(
            Collections.nCopies(parameters, ValueLayout.JAVA_LONG).toArray(ValueLayout[]::new));
    return Linker.nativeLinker().downcallHandle(place(code.toBytes()), type);
  }

  /** For what a call of such a method handle is declared to throw. */
  public static RuntimeException unexpected(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException e -> e;
      case Error e -> throw e;
      default -> new IllegalStateException("machine code throws nothing", thrown);
    };
  }

  /** Code for whose system and CPU there is an assembler. */
  private static void checkHost() {
    String arch = System.getProperty("os.arch");
    if (!LinuxMemory.PRESENT || !arch.equals("amd64")) {
      throw new UnsupportedOperationException(
          "machine code is for Linux on x86-64, and this is %s on %s"
              .formatted(System.getProperty("os.name"), arch));
    }
  }

  private static MemorySegment place(byte[] code) {
    checkHost();
    long bytes = Math.ceilDiv(code.length, PAGE) * PAGE;
    long address = LinuxMemory.mmap(bytes);
    MemorySegment pages =
        MemorySegment.ofAddress(address)
            .reinterpret(bytes, Arena.ofAuto(), gone -> LinuxMemory.munmap(address, bytes));
    MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
    if (!LinuxMemory.makeExecutable(address, bytes)) {
      throw new UnsupportedOperationException(
          "this system lets no memory become executable (mprotect), as hardened ones do");
    }
    return pages;
  }
}
