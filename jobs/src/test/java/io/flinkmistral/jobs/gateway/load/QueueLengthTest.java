package io.flinkmistral.jobs.gateway.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QueueLengthTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long START = Long.MAX_VALUE - 5 * SECOND; // It may wrap around.

  /** Five come and eight are taken each second. */
  private static QueueLength after(int seconds) {
    QueueLength length = QueueLength.first(START, 1_000, 500);
    for (int i = 1; i <= seconds; i++) {
      length = length.next(START + i * SECOND, 1_000 + 5 * i, 500 - 3 * i);
    }
    return length;
  }

  @Test
  void theRateIsOfWhatIsTakenOnItsWay() {
    assertThat(after(40).perSecond()).isCloseTo(8, within(0.01));
    assertThat(after(40).waiting()).isEqualTo(380);
  }

  @Test
  void whoComesAgainFindsFewer() {
    assertThat(after(40).secondsUntil(366)).isEqualTo(2);
    assertThat(after(40).secondsUntil(380)).isEqualTo(1);
  }

  @Test
  void nobodyIsSentAwayForLong() {
    QueueLength stands = QueueLength.first(START, 1_000, 500);
    assertThat(stands.secondsUntil(10)).isEqualTo(60);
    assertThat(stands.next(START + SECOND, 900, 600).perSecond()).isZero();
    assertThat(stands.secondsUntil(1_000)).isEqualTo(1);
  }
}
