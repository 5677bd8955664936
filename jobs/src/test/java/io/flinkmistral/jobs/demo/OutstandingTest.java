package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.demo.Outstanding.Request;
import org.junit.jupiter.api.Test;

class OutstandingTest {
  private final Outstanding outstanding = new Outstanding();

  @Test
  void isDoneWhenAllOfTheInputIsAnswered() {
    outstanding.awaitAnswer(request("a"), 1);
    assertThat(outstanding.answered(request("a"))).isTrue();
    assertThat(outstanding.isDone()).as("more may come").isFalse();
    outstanding.awaitLetter(2, 9, 4);
    outstanding.end();
    assertThat(outstanding.isDone()).isFalse();
    assertThat(outstanding.setAside(2, 9)).isEqualTo(4);
    assertThat(outstanding.isDone()).isTrue();
    assertThat(outstanding.unanswered()).isEqualTo(1);
  }

  @Test
  void waitsOnceForARequestThatStandsTwice() {
    assertThat(outstanding.awaitAnswer(request("a"), 3)).isZero();
    assertThat(outstanding.awaitAnswer(request("a"), 5)).isEqualTo(3);
    assertThat(outstanding.answered(request("a"))).isTrue();
    assertThat(outstanding.awaitAnswer(request("a"), 7)).isEqualTo(3);
    outstanding.end();
    assertThat(outstanding.isDone()).isTrue();
    assertThat(outstanding.answered(request("a"))).isFalse();
  }

  @Test
  void waitsForAnIdInEachConversation() {
    outstanding.awaitAnswer(request("a"), 1);
    assertThat(outstanding.awaitAnswer(new Request("other", "a"), 2)).isZero();
    outstanding.end();
    assertThat(outstanding.answered(new Request("other", "a"))).isTrue();
    assertThat(outstanding.isDone()).isFalse();
    assertThat(outstanding.answered(request("a"))).isTrue();
    assertThat(outstanding.isDone()).isTrue();
  }

  @Test
  void leavesOutWhatOthersAsked() {
    assertThat(outstanding.answered(request("other"))).isFalse();
    assertThat(outstanding.setAside(0, 0)).isZero();
    assertThat(outstanding.unanswered()).isZero();
  }

  private static Request request(String id) {
    return new Request("c", id);
  }
}
