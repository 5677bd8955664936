package io.flinkmistral.kernel.machine;

import static io.flinkmistral.kernel.assembler.aarch64.XRegister.x;

import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.Label;
import io.flinkmistral.kernel.assembler.aarch64.XRegister;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Has an AArch64 CPU run what was written, and not what its caches had at that place before. On
 * x86-64 caches see to that themselves; here a program does, by the sequence of Arm's manual (DDI
 * 0487, part B, "Concurrent modification and execution of instructions"): each line of the data
 * cache is written to where instructions come from, each line of the instruction cache is
 * forgotten, and each of the two is waited for.
 *
 * <p>It is machine code itself: the C library has no such function ({@code __clear_cache} is a part
 * of the compiler's own library, which a JVM need not have loaded). Its own page has nobody to do
 * the same for it; that one is new, and Linux makes it coherent as it becomes executable ({@code
 * __sync_icache_dcache} in {@code arch/arm64/mm/flush.c}).
 *
 * <p>No emulator shows that it is missing, or that it is there: it is right by the manual only.
 */
final class InstructionCache {
  /** Bytes of an instruction. No line of a cache is smaller: so their sizes need not be asked. */
  private static final int STEP = 4;

  private static final XRegister START = x(0);
  private static final XRegister END = x(1);
  private static final XRegister AT = x(2);

  /** Made when it is first asked for. */
  private static final class Made {
    private static final MethodHandle SYNCHRONIZE = CodePages.function(CodePages.place(code()), 2);
  }

  private InstructionCache() {}

  /** {@code (start, end)}, of one byte at least. */
  private static Aarch64Assembler code() {
    Aarch64Assembler code = new Aarch64Assembler();
    code.add(AT, START, 0);
    Label nextOfData = code.here();
    code.dcCvau(AT);
    code.add(AT, AT, STEP);
    code.cmp(AT, END);
    code.blo(nextOfData);
    code.dsbIsh();
    code.add(AT, START, 0);
    Label nextOfInstructions = code.here();
    code.icIvau(AT);
    code.add(AT, AT, STEP);
    code.cmp(AT, END);
    code.blo(nextOfInstructions);
    code.dsbIsh();
    code.isb();
    code.ret();
    return code;
  }

  /** For code that lies there, before it is first run. */
  static void synchronize(MemorySegment code) {
    try {
      Made.SYNCHRONIZE.invokeExact(code.address(), code.address() + code.byteSize());
    } catch (Throwable e) {
      throw CodePages.unexpected(e);
    }
  }
}
