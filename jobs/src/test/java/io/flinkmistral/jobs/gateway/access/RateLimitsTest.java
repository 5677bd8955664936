package io.flinkmistral.jobs.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
  private static final Client ALICE = new Client("alice");

  private long now = Long.MAX_VALUE - Duration.ofSeconds(30).toNanos(); // It may wrap around.

  private void pass(int seconds) {
    now += Duration.ofSeconds(seconds).toNanos();
  }

  private static ApiException refusal(RateLimits limits) {
    return catchThrowableOfType(ApiException.class, () -> limits.take(ALICE));
  }

  @Test
  void requestsComeBackEvenly() {
    RateLimits limits = new RateLimits(6, 0, () -> now);
    for (int i = 0; i < 6; i++) {
      limits.take(ALICE);
    }
    assertThat(refusal(limits).retryAfterSeconds()).isEqualTo(11);
    limits.take(new Client("bob"));
    pass(11);
    limits.take(ALICE);
    assertThat(refusal(limits).status()).isEqualTo(429);
    pass(600);
    for (int i = 0; i < 6; i++) {
      limits.take(ALICE);
    }
    assertThat(refusal(limits)).isNotNull();
  }

  @Test
  void anAnswerThatTookTooMuchIsMadeGood() {
    RateLimits limits = new RateLimits(0, 600, () -> now);
    limits.take(ALICE);
    limits.took(ALICE, 900);
    assertThat(refusal(limits).retryAfterSeconds()).isEqualTo(31);
    pass(31);
    limits.take(ALICE);
  }

  @Test
  void withoutLimitsNobodyWaits() {
    RateLimits limits = new RateLimits(0, 0, () -> now);
    for (int i = 0; i < 1000; i++) {
      limits.take(ALICE);
      limits.took(ALICE, 1_000_000);
    }
  }
}
