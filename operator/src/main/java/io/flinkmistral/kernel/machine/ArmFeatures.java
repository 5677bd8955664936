package io.flinkmistral.kernel.machine;

import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Set;

/**
 * What this CPU can do, where it is an AArch64 one, by the system's word: programs may not ask such
 * a CPU themselves. See {@code getauxval(3)}, and Linux's {@code Documentation/arch/arm64/
 * elf_hwcaps.rst}.
 */
final class ArmFeatures {
  /** {@code AT_HWCAP}: which of the two words of bits is asked for. */
  private static final long HARDWARE = 16;

  /** {@code HWCAP_ASIMDDP}: SDOT and UDOT. */
  private static final long DOT_PRODUCTS = 1L << 20;

  private ArmFeatures() {}

  /**
   * Which kernels this CPU runs.
   *
   * @throws UnsupportedOperationException where this system runs no machine code at all
   */
  static Set<InstructionSet> instructionSets() {
    Aarch64Assembler nothing = new Aarch64Assembler();
    nothing.ret();
    try {
      MachineCode.function(nothing, 0).invokeExact();
    } catch (Throwable e) {
      throw MachineCode.unexpected(e);
    }
    return (hardware() & DOT_PRODUCTS) == 0 ? Set.of() : Set.of(InstructionSet.NEON_DOTPROD);
  }

  private static long hardware() {
    Linker linker = Linker.nativeLinker();
    MemorySegment function = linker.defaultLookup().findOrThrow("getauxval");
    ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
    try {
      return (long)
          linker
              .downcallHandle(function, FunctionDescriptor.of(number, number))
              .invokeExact(HARDWARE);
    } catch (Throwable e) {
      throw MachineCode.unexpected(e);
    }
  }
}
