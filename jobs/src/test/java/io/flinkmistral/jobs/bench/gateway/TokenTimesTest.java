package io.flinkmistral.jobs.bench.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TokenTimesTest {
  @Test
  void aHundredthIsLonger() {
    long[] nanos = new long[200];
    for (int i = 0; i < nanos.length; i++) {
      nanos[i] = (200 - i) * 1_000_000L;
    }
    assertThat(Spread.of(nanos)).isEqualTo(new Spread(200, 100, 198));
  }

  @Test
  void aTokenThatComesTwiceIsAFault() {
    TokenTimes times = new TokenTimes(3);
    times.arrived(1, 5);
    assertThatThrownBy(() -> times.arrived(1, 6)).hasMessage("token 1 came twice");
  }
}
