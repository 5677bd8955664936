package io.flinkmistral.constraint.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class WorkTest {
  @Test
  void allOfItCanBeSpentAndNoMore() throws Exception {
    Work work = new Work(10);
    work.spend(4);
    assertThat(work.done()).isEqualTo(4);
    work.spend(6);
    assertThat(work.done()).isEqualTo(10);
    assertThatThrownBy(() -> work.spend(1)).isInstanceOf(Work.Exceeded.class);
    work.spend(0);
  }

  @Test
  void whatIsTooMuchIsSaidToBeAll() throws Exception {
    Work work = new Work(10);
    work.spend(7);
    assertThatThrownBy(() -> work.spend(Integer.MAX_VALUE)).isInstanceOf(Work.Exceeded.class);
    assertThat(work.done()).isEqualTo(10);
  }
}
