package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.machine.attention.AttentionShape;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MachineKernelsTest {
  private static final AttentionShape SHAPE =
      new AttentionShape(AttentionShape.Numbers.HALVES, 64, 16, 256);

  /** Asked once: a host does not change. */
  @Test
  void whereCodeComputesSomethingElseThereIsNone() {
    AtomicInteger asked = new AtomicInteger();
    MachineKernels kernels =
        new MachineKernels(
            InstructionSet.AVX2,
            (set, format) -> {
              asked.incrementAndGet();
              throw new UnsupportedOperationException(set + " computes something else");
            },
            (set, shape) -> {
              asked.incrementAndGet();
              throw new UnsupportedOperationException(set + " attends to something else");
            });
    assertThat(kernels.description())
        .isEqualTo("avx2 machine code for weights of 2 to 8 bits and attention");
    for (int i = 0; i < 2; i++) {
      assertThat(kernels.of(PanelLayout.NIBBLE)).isEmpty();
      assertThat(kernels.of(PanelLayout.FLOAT)).isEmpty();
      assertThat(kernels.attention(SHAPE)).isEmpty();
    }
    assertThat(asked).hasValue(2);
    assertThat(kernels.description())
        .isEqualTo(
            "avx2 machine code for weights of 2 to 8 bits and attention (but not for %s, NIBBLE)"
                .formatted(SHAPE));
  }

  @Test
  void allLayoutsButThoseOfFloatsHaveMachineCode() {
    for (InstructionSet set : Host.get().instructionSets()) {
      MachineKernels kernels = new MachineKernels(set);
      for (PanelLayout layout : PanelLayout.values()) {
        assertThat(kernels.of(layout).isPresent())
            .as("%s", layout)
            .isEqualTo(layout.quantizesInputs());
        kernels.of(layout).ifPresent(k -> assertThat(k.format().name()).isEqualTo(layout.name()));
      }
    }
  }
}
