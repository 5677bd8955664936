package io.flinkmistral.kernel.machine.product;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class ProductKernelsTest {
  static Stream<InstructionSet> here() {
    return Host.get().instructionSets().stream();
  }

  /** Also those that this CPU does not run. */
  @ParameterizedTest
  @EnumSource(InstructionSet.class)
  void allKernelsCanBeWritten(InstructionSet set) {
    Set<Integer> sizes = new HashSet<>();
    for (int tokens = 1; tokens <= ProductWriter.mostTokens(set); tokens++) {
      byte[] code = new ProductWriter(PanelFormat.NIBBLE, set, tokens).write().toBytes();
      assertThat(code.length).isBetween(500, 16_000);
      sizes.add(Arrays.hashCode(code));
    }
    assertThat(sizes).hasSize(ProductWriter.mostTokens(set));
  }

  @ParameterizedTest
  @MethodSource("here")
  void theyAreMadeOnce(InstructionSet set) {
    assertThat(ProductKernels.of(set)).isSameAs(ProductKernels.of(set));
    assertThat(ProductKernels.of(set).mostTokens()).isEqualTo(set.bits() == 512 ? 16 : 8);
  }

  /** Of a panel whose weights are others than those that it was held against. */
  @ParameterizedTest
  @MethodSource("here")
  void theSelfTestFindsAKernelThatComputesSomethingElse(InstructionSet set) {
    ProductKernels kernels = ProductKernels.of(set);
    SelfTest test = new SelfTest(PanelFormat.NIBBLE, 4);
    for (int tokens = 1; tokens <= 4; tokens++) {
      assertThat(test.passes(kernels, tokens)).isTrue();
    }
    byte code = test.panel().get(ValueLayout.JAVA_BYTE, 0);
    test.panel().set(ValueLayout.JAVA_BYTE, 0, (byte) (code ^ 1));
    for (int tokens = 1; tokens <= 4; tokens++) {
      assertThat(test.passes(kernels, tokens)).isFalse();
    }
  }

  @Test
  void everyColumnIsTakenOnce() {
    boolean[] taken = new boolean[PanelFormat.COLUMNS];
    for (int i = 0; i < PanelFormat.COLUMNS; i++) {
      assertThat(taken[PanelFormat.column(i)]).isFalse();
      taken[PanelFormat.column(i)] = true;
    }
  }
}
