package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.classfile.CodeBuilder;
import jdk.incubator.vector.VectorShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PanelKernelsTest {
  /** Also those of vectors that this CPU has not. */
  @ParameterizedTest
  @EnumSource(
      value = VectorShape.class,
      names = {"S_256_BIT", "S_512_BIT"})
  void eachKernelIsShortEnoughToBeCompiled(VectorShape shape) {
    PanelKernels kernels = PanelKernels.of(shape);
    for (PanelLayout layout : PanelLayout.values()) {
      for (int tokens : kernels.tokens(layout)) {
        assertThat(kernels.of(layout).kernel(tokens).constants().tokens()).isEqualTo(tokens);
      }
    }
  }

  @Test
  void codeThatHotSpotWouldNotCompileIsRefused() {
    assertThatThrownBy(
            () ->
                GeneratedCode.of(
                    Runnable.class,
                    PanelKernelsTest.class.getName() + "Copy",
                    VectorShape.S_256_BIT,
                    PanelKernelsTest::writeTooMuch))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("run is of 8001 bytes");
  }

  private static void writeTooMuch(CodeBuilder code) {
    for (int i = 0; i < 8000; i++) {
      code.nop();
    }
    code.return_();
  }
}
