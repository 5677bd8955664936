package io.flinkmistral.kernel.machine;

import static io.flinkmistral.kernel.assembler.aarch64.XRegister.x;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.aarch64.Aarch64Assembler;
import io.flinkmistral.kernel.assembler.aarch64.Label;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** As {@link MachineCodeTest}, on a CPU of the other kind; {@code .ci/aarch64} has one emulated. */
@Timeout(60)
class Aarch64CodeTest {
  private static final boolean HERE = System.getProperty("os.arch").equals("aarch64");

  private final MemorySegment memory = Arena.ofAuto().allocate(64, 8);

  @Test
  void codeForAnotherCpuIsRefused() {
    Aarch64Assembler arm = new Aarch64Assembler();
    arm.ret();
    Assembler x86 = new Assembler();
    x86.ret();
    assertThatThrownBy(() -> MachineCode.function(HERE ? x86 : arm, 0))
        .isInstanceOf(UnsupportedOperationException.class)
        .hasMessageContaining("machine code is for Linux on x86-64 and AArch64");
  }

  @Test
  void aFunctionGetsItsParametersInOrder() throws Throwable {
    Assumptions.assumeTrue(HERE);
    Aarch64Assembler code = new Aarch64Assembler();
    for (int i = 1; i < 6; i++) {
      code.str(x(i), x(0), 8 * (i - 1));
    }
    code.ret();
    MethodHandle store = MachineCode.function(code, 6);
    store.invokeExact(memory.address(), 1L, -2L, 3L, 1L << 40, 5L);
    assertThat(memory.toArray(ValueLayout.JAVA_LONG)).startsWith(1, -2, 3, 1L << 40, 5);
  }

  /** {@code x1} times adds 3, and then what jumps over it does not. */
  @Test
  void jumpsGoWhereTheyShould() throws Throwable {
    Assumptions.assumeTrue(HERE);
    Aarch64Assembler code = new Aarch64Assembler();
    code.movz(x(2), 0, 0);
    Label again = code.here();
    code.add(x(2), x(2), 3);
    code.subs(x(1), x(1), 1);
    code.bne(again);
    Label end = new Label();
    code.cmp(x(2), 29);
    code.bhi(end);
    code.add(x(2), x(2), 1000);
    code.bind(end);
    code.str(x(2), x(0), 0);
    code.ret();
    MethodHandle function = MachineCode.function(code, 2);
    for (Map.Entry<Long, Long> e : Map.of(1L, 1003L, 9L, 1027L, 10L, 30L).entrySet()) {
      function.invokeExact(memory.address(), (long) e.getKey());
      assertThat(memory.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(e.getValue());
    }
  }

  /** As far as Linux tells. */
  @Test
  void theCpuIsWhatTheSystemSaysItIs() throws Exception {
    Assumptions.assumeTrue(HERE);
    boolean hasDotProducts =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .anyMatch(line -> line.startsWith("Features") && line.contains(" asimddp"));
    // An emulator may show the CPU that it runs on instead of the one that it is.
    Assumptions.assumeTrue(Files.readString(Path.of("/proc/cpuinfo")).contains("CPU implementer"));
    assertThat(Host.get().instructionSets().contains(InstructionSet.NEON_DOTPROD))
        .isEqualTo(hasDotProducts);
  }
}
