package io.flinkmistral.mailbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatermarkGateTest {
  private final List<String> emitted = new ArrayList<>();
  private final WatermarkGate gate = new WatermarkGate();

  @Test
  void letsThroughAtOnceWhenNothingIsUnfinished() throws Exception {
    gate.pass(() -> emitted.add("w1"));
    gate.finish(gate.arrive());
    gate.pass(() -> emitted.add("w2"));
    assertThat(emitted).containsExactly("w1", "w2");
  }

  @Test
  void holdsBackUntilAllEarlierRequestsAreAnsweredInWhateverOrder() throws Exception {
    long a = gate.arrive();
    long b = gate.arrive();
    gate.pass(() -> emitted.add("w1"));
    long c = gate.arrive();
    gate.pass(() -> emitted.add("w2"));
    gate.finish(b);
    assertThat(emitted).isEmpty();
    gate.finish(c);
    assertThat(emitted).isEmpty();
    gate.finish(a);
    assertThat(emitted).containsExactly("w1", "w2");
  }

  @Test
  void laterRequestsDoNotHoldBackEarlierWatermarks() throws Exception {
    long a = gate.arrive();
    gate.pass(() -> emitted.add("w1"));
    gate.arrive();
    gate.finish(a);
    assertThat(emitted).containsExactly("w1");
    assertThat(gate.unfinished()).isEqualTo(1);
  }
}
