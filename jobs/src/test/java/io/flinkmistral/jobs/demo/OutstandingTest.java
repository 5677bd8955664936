package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutstandingTest {
  private final Outstanding outstanding = new Outstanding();

  @Test
  void isDoneWhenAllOfTheInputIsAnswered() {
    outstanding.awaitAnswer("a");
    assertThat(outstanding.answered("a")).isTrue();
    assertThat(outstanding.isDone()).as("more may come").isFalse();
    outstanding.awaitLetter(2, 9, 4);
    outstanding.end();
    assertThat(outstanding.isDone()).isFalse();
    assertThat(outstanding.setAside(2, 9)).isEqualTo(4);
    assertThat(outstanding.isDone()).isTrue();
    assertThat(outstanding.unanswered()).isEqualTo(1);
  }

  @Test
  void waitsForEachRequestOfAnId() {
    outstanding.awaitAnswer("a");
    outstanding.awaitAnswer("a");
    outstanding.end();
    assertThat(outstanding.answered("a")).isTrue();
    assertThat(outstanding.isDone()).isFalse();
    assertThat(outstanding.answered("a")).isTrue();
    assertThat(outstanding.isDone()).isTrue();
    assertThat(outstanding.answered("a")).isFalse();
  }

  @Test
  void leavesOutWhatOthersAsked() {
    assertThat(outstanding.answered("other")).isFalse();
    assertThat(outstanding.setAside(0, 0)).isZero();
    assertThat(outstanding.unanswered()).isZero();
  }
}
