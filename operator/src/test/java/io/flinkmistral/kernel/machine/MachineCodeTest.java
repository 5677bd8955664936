package io.flinkmistral.kernel.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.assembler.Assembler;
import io.flinkmistral.kernel.assembler.Label;
import io.flinkmistral.kernel.assembler.Memory;
import io.flinkmistral.kernel.assembler.Register;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MachineCodeTest {
  private final MemorySegment memory = Arena.ofAuto().allocate(64, 8);

  @BeforeEach
  void onlyOnX86() {
    Assumptions.assumeTrue(
        Host.get().instructionSets().stream()
            .anyMatch(set -> set.architecture() == InstructionSet.Architecture.X86_64));
  }

  @Test
  void aFunctionGetsItsParametersInOrder() throws Throwable {
    Assembler code = new Assembler();
    List<Register> parameters =
        List.of(Register.RSI, Register.RDX, Register.RCX, Register.R8, Register.R9);
    for (int i = 0; i < parameters.size(); i++) {
      code.mov(Memory.at(Register.RDI, 8 * i), parameters.get(i));
    }
    code.ret();
    MethodHandle store = MachineCode.function(code, 6);
    store.invokeExact(memory.address(), 1L, -2L, 3L, 1L << 40, 5L);
    assertThat(memory.toArray(ValueLayout.JAVA_LONG)).startsWith(1, -2, 3, 1L << 40, 5);
  }

  /** {@code rsi} times adds 3, and then what jumps over it does not. */
  @Test
  void jumpsGoWhereTheyShould() throws Throwable {
    Assembler code = new Assembler();
    code.mov(Register.RAX, 0);
    Label again = code.here();
    code.add(Register.RAX, 3);
    code.sub(Register.RSI, 1);
    code.jne(again);
    Label end = new Label();
    code.cmp(Register.RAX, 29);
    code.ja(end);
    code.add(Register.RAX, 1000);
    code.bind(end);
    code.mov(Memory.at(Register.RDI, 0), Register.RAX);
    code.ret();
    MethodHandle function = MachineCode.function(code, 2);
    for (Map.Entry<Long, Long> e : Map.of(1L, 1003L, 9L, 1027L, 10L, 30L).entrySet()) {
      function.invokeExact(memory.address(), (long) e.getKey());
      assertThat(memory.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(e.getValue());
    }
  }

  /** Beside the JVM's own, which has both. */
  @Test
  void noPageOfCodeCanBeWrittenTo() throws Throwable {
    Assembler code = new Assembler();
    code.mov(Register.RAX, 0x5ca1ab1edeadL);
    code.mov(Memory.at(Register.RDI, 0), Register.RAX);
    code.ret();
    MethodHandle function = MachineCode.function(code, 1);
    function.invokeExact(memory.address());
    assertThat(memory.get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x5ca1ab1edeadL);
    byte[] bytes = code.toBytes();
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      List<String> found =
          lines
              .filter(line -> line.matches("[0-9a-f]+-[0-9a-f]+ r-x.* 0 *"))
              .filter(line -> beginsWith(line, bytes))
              .toList();
      assertThat(found).isNotEmpty();
    }
  }

  private static boolean beginsWith(String line, byte[] bytes) {
    long start = Long.parseUnsignedLong(line.substring(0, line.indexOf('-')), 16);
    MemorySegment page = MemorySegment.ofAddress(start).reinterpret(bytes.length);
    return MemorySegment.ofArray(bytes).mismatch(page) < 0;
  }

  /** As far as Linux tells. */
  @Test
  void theCpuIsWhatTheSystemSaysItIs() throws Exception {
    String flags =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("flags"))
            .findFirst()
            .orElseThrow();
    List<String> words = List.of(flags.split(" "));
    assertThat(Host.get().instructionSets())
        .isEqualTo(
            Map.of(
                    InstructionSet.AVX2,
                    words.containsAll(List.of("avx2", "fma", "f16c")),
                    InstructionSet.AVX_VNNI,
                    words.contains("avx_vnni"),
                    InstructionSet.AVX512_VNNI,
                    words.contains("avx512_vnni"))
                .entrySet()
                .stream()
                .filter(Map.Entry::getValue)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet()));
  }
}
