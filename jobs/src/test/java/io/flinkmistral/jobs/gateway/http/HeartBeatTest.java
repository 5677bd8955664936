package io.flinkmistral.jobs.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class HeartBeatTest {
  private final Queue<Runnable> timers = new ArrayDeque<>();
  private int beats;
  private final HeartBeat heart = new HeartBeat(timers::add, () -> beats++);

  @Test
  void noBeatFollowsOneThatIsNotRun() {
    assertThat(timers).as("before it starts").isEmpty();
    heart.start();
    for (int i = 1; i <= 3; i++) {
      timers.remove().run();
      assertThat(beats).isEqualTo(i);
      assertThat(timers).hasSize(1);
    }
    timers.remove(); // The response is closed: nothing is run for it.
    assertThat(timers).isEmpty();
  }

  @Test
  void aHeartThatIsStoppedDoesNotBeat() {
    heart.start();
    heart.stop();
    timers.remove().run();
    assertThat(beats).isZero();
    assertThat(timers).isEmpty();
  }
}
