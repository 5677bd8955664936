package io.flinkmistral.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.VectorShape;
import org.junit.jupiter.api.Test;

class WarmLanesTest {
  private final WarmLanes lanes = new WarmLanes(VectorShape.S_128_BIT);

  @Test
  void withoutCompilationAheadVectorsAreTakenAtOnce() {
    assertThat(lanes.loops()).isSameAs(lanes.lanes());
  }

  @Test
  void plainLoopsStandInUntilVectorsAreCompiled() {
    lanes.await();
    assertThat(lanes.loops()).isInstanceOf(ScalarKernels.class);
    lanes.compile();
    assertThat(lanes.loops()).isSameAs(lanes.lanes());
  }

  @Test
  void whatWasCompiledForOneModelIsForTheNext() {
    lanes.await();
    lanes.compile();
    lanes.await();
    assertThat(lanes.loops()).isSameAs(lanes.lanes());
  }
}
