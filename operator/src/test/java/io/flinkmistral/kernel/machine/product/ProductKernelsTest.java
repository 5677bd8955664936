package io.flinkmistral.kernel.machine.product;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.codes.PanelFormat;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class ProductKernelsTest {
  private record Kind(InstructionSet set, PanelFormat format) {
    static Stream<Kind> of(InstructionSet set) {
      return Stream.of(PanelFormat.values()).map(format -> new Kind(set, format));
    }
  }

  static Stream<Kind> all() {
    return Stream.of(InstructionSet.values()).flatMap(Kind::of);
  }

  static Stream<Kind> here() {
    return Host.get().instructionSets().stream().flatMap(Kind::of);
  }

  /** Also those that this CPU does not run. */
  @ParameterizedTest
  @MethodSource("all")
  void allKernelsCanBeWritten(Kind kind) {
    InstructionSet set = kind.set();
    Set<Integer> sizes = new HashSet<>();
    for (int tokens = 1; tokens <= KernelWriters.mostTokens(set); tokens++) {
      byte[] code = KernelWriters.product(set, kind.format(), tokens).toBytes();
      assertThat(code.length).isBetween(500, 30_000);
      sizes.add(Arrays.hashCode(code));
    }
    assertThat(sizes).hasSize(KernelWriters.mostTokens(set));
  }

  @ParameterizedTest
  @MethodSource("here")
  void theyAreMadeOnce(Kind kind) {
    ProductKernels kernels = ProductKernels.of(kind.set(), kind.format());
    assertThat(kernels).isSameAs(ProductKernels.of(kind.set(), kind.format()));
    assertThat(kernels.mostTokens()).isEqualTo(kind.set().bits() == 512 ? 16 : 8);
  }

  /** Of a panel whose weights are others than those that it was held against. */
  @ParameterizedTest
  @MethodSource("here")
  void theSelfTestFindsAKernelThatComputesSomethingElse(Kind kind) {
    ProductKernels kernels = ProductKernels.of(kind.set(), kind.format());
    SelfTest test = new SelfTest(kind.format(), 4);
    for (int tokens = 1; tokens <= 4; tokens++) {
      assertThat(test.passes(kernels, tokens)).isTrue();
    }
    long at = kind.format().headBytes();
    byte code = test.panel().get(ValueLayout.JAVA_BYTE, at);
    test.panel().set(ValueLayout.JAVA_BYTE, at, (byte) (code ^ 1));
    for (int tokens = 1; tokens <= 4; tokens++) {
      assertThat(test.passes(kernels, tokens)).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(PanelFormat.Codes.class)
  void everyColumnIsTakenOnce(PanelFormat.Codes codes) {
    boolean[] taken = new boolean[codes.columns()];
    for (int i = 0; i < taken.length; i++) {
      assertThat(taken[codes.column(i)]).isFalse();
      taken[codes.column(i)] = true;
    }
  }
}
