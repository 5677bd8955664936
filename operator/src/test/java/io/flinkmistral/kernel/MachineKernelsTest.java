package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.layout.PanelLayout;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MachineKernelsTest {
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
            });
    assertThat(kernels.of(PanelLayout.NIBBLE)).isEmpty();
    assertThat(kernels.of(PanelLayout.NIBBLE)).isEmpty();
    assertThat(asked).hasValue(1);
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
