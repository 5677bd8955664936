package io.flinkmistral.kernel.machine;

import static io.flinkmistral.kernel.assembler.Memory.at;
import static io.flinkmistral.kernel.assembler.Register.R8;
import static io.flinkmistral.kernel.assembler.Register.RAX;
import static io.flinkmistral.kernel.assembler.Register.RBX;
import static io.flinkmistral.kernel.assembler.Register.RCX;
import static io.flinkmistral.kernel.assembler.Register.RDI;
import static io.flinkmistral.kernel.assembler.Register.RDX;
import static io.flinkmistral.kernel.assembler.Register.RSI;

import io.flinkmistral.kernel.assembler.Assembler;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.EnumSet;
import java.util.Set;

/**
 * What this CPU can do and the system lets programs use, where it is an x86-64 one, by its own word
 * ({@code cpuid} and {@code xgetbv}): flags of the JVM such as {@code -XX:UseAVX} change nothing
 * here.
 *
 * <p>Bits are those of Intel's manual, volume 2, table of CPUID.
 */
final class CpuFeatures {
  private static final int EAX = 0;
  private static final int EBX = 1;
  private static final int ECX = 2;
  private static final int EDX = 3;

  /** Which registers the system saves when it changes threads: xmm and ymm. */
  private static final long SAVES_YMM = 0b110;

  /** The same, and masks, the upper halves of zmm, and zmm16 to zmm31. */
  private static final long SAVES_ZMM = 0b1110_0110;

  private final MethodHandle cpuid = MachineCode.function(cpuidCode(), 3);
  private final MethodHandle xgetbv = MachineCode.function(xgetbvCode(), 1);
  private final MemorySegment answer = Arena.ofAuto().allocate(4L * Long.BYTES, Long.BYTES);

  /** {@code (leaf, subleaf, answer)}: eax, ebx, ecx and edx, eight bytes each. */
  private static Assembler cpuidCode() {
    Assembler code = new Assembler();
    code.push(RBX);
    code.mov(R8, RDX);
    code.mov(RAX, RDI);
    code.mov(RCX, RSI);
    code.cpuid();
    code.mov(at(R8, EAX * Long.BYTES), RAX);
    code.mov(at(R8, EBX * Long.BYTES), RBX);
    code.mov(at(R8, ECX * Long.BYTES), RCX);
    code.mov(at(R8, EDX * Long.BYTES), RDX);
    code.pop(RBX);
    code.ret();
    return code;
  }

  /** {@code (answer)}: the lower half. */
  private static Assembler xgetbvCode() {
    Assembler code = new Assembler();
    code.mov(RCX, 0);
    code.xgetbv();
    code.mov(at(RDI, 0), RAX);
    code.ret();
    return code;
  }

  /**
   * Which kernels this CPU runs.
   *
   * @throws UnsupportedOperationException where this system runs no machine code at all
   */
  static Set<InstructionSet> instructionSets() {
    return new CpuFeatures().find();
  }

  private Set<InstructionSet> find() {
    Set<InstructionSet> found = EnumSet.noneOf(InstructionSet.class);
    long leaves = ask(0, 0)[EAX];
    long[] basic = ask(1, 0);
    boolean saves = has(basic[ECX], 27);
    if (leaves < 7 || !saves) {
      return found;
    }
    boolean fma = has(basic[ECX], 12);
    boolean halves = has(basic[ECX], 29);
    long[] extended = ask(7, 0);
    long saved = savedRegisters();
    boolean avx2 = has(extended[EBX], 5) && fma && halves;
    if (!avx2 || (saved & SAVES_YMM) != SAVES_YMM) {
      return found;
    }
    found.add(InstructionSet.AVX2);
    if (extended[EAX] >= 1 && has(ask(7, 1)[EAX], 4)) {
      found.add(InstructionSet.AVX_VNNI);
    }
    boolean avx512 = has(extended[EBX], 16);
    boolean vnni512 = has(extended[ECX], 11);
    if (avx512 && vnni512 && (saved & SAVES_ZMM) == SAVES_ZMM) {
      found.add(InstructionSet.AVX512_VNNI);
    }
    return found;
  }

  private static boolean has(long register, int bit) {
    return (register >>> bit & 1) != 0;
  }

  private long[] ask(long leaf, long subleaf) {
    try {
      cpuid.invokeExact(leaf, subleaf, answer.address());
    } catch (Throwable e) {
      throw new IllegalStateException("cpuid", e);
    }
    return answer.toArray(ValueLayout.JAVA_LONG);
  }

  private long savedRegisters() {
    try {
      xgetbv.invokeExact(answer.address());
    } catch (Throwable e) {
      throw new IllegalStateException("xgetbv", e);
    }
    return answer.get(ValueLayout.JAVA_LONG, 0);
  }
}
