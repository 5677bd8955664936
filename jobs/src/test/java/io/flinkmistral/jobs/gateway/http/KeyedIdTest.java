package io.flinkmistral.jobs.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class KeyedIdTest {
  private static final String HASH = "0123456789-_abcdefghij";
  private static final Duration HOUR = Duration.ofHours(1);

  private static KeyedId at(Duration time) {
    return KeyedId.first(HASH, time.toMillis(), HOUR);
  }

  /** The job answers an id once. */
  @Test
  void whatNoLookBackFindsHasAnotherId() {
    for (Duration time : new Duration[] {Duration.ZERO, Duration.ofMinutes(29), HOUR}) {
      assertThat(at(time.plus(HOUR)).text()).isNotEqualTo(at(time).text());
    }
  }

  @Test
  void gatewaysThatAreAskedAtOnceChooseTheSame() {
    assertThat(at(Duration.ofMinutes(31)).text())
        .isEqualTo(at(Duration.ofMinutes(32)).text())
        .isEqualTo("key-" + HASH + "-1-1");
  }

  @Test
  void anotherAttemptHasAnotherId() {
    KeyedId id = at(HOUR);
    assertThat(KeyedId.parse(id.text())).contains(id);
    assertThat(id.next().text()).isEqualTo("key-" + HASH + "-2-2").startsWith(KeyedId.prefix(HASH));
    assertThat(KeyedId.parse("key-" + HASH)).isEmpty();
    assertThat(KeyedId.parse("req-1")).isEmpty();
  }
}
