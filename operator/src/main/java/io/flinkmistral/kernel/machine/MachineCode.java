package io.flinkmistral.kernel.machine;

import io.flinkmistral.kernel.assembler.Code;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Code in pages of its own, which are written first and then made executable: never both at once.
 * They live as long as the method handle that calls them can be reached.
 *
 * <p>Calls are plain ones. A thread that is in one does not hold up a garbage collection.
 */
public final class MachineCode {
  private MachineCode() {}

  /**
   * Makes code a function.
   *
   * @param code what the calling convention of Linux asks for. On x86-64 the first six parameters
   *     are in rdi, rsi, rdx, rcx, r8 and r9, and rbx, rbp and r12 to r15 are to be left as they
   *     were; on AArch64 they are in x0 to x5, and x18 to x29 and d8 to d15 are to be left
   * @param parameters how many longs it takes
   * @return a method handle of as many longs and no result
   * @throws UnsupportedOperationException where this system runs no such code; it says why
   */
  public static MethodHandle function(Code code, int parameters) {
    MemorySegment placed = CodePages.place(code);
    if (CodePages.ARCHITECTURE.equals("aarch64")) {
      InstructionCache.synchronize(placed);
    }
    return CodePages.function(placed, parameters);
  }

  /** For what a call of such a method handle is declared to throw. */
  public static RuntimeException unexpected(Throwable thrown) {
    return CodePages.unexpected(thrown);
  }
}
