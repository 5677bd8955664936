package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.mailbox.Intake;
import io.flinkmistral.mailbox.WatermarkGate;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RequestLineTest {
  private static final ConversationKey C = new ConversationKey("c");
  private static final ConversationKey D = new ConversationKey("d");
  private static final ConversationKey E = new ConversationKey("e");

  private final WatermarkGate gate = new WatermarkGate();
  private final Intake intake = new Intake(null, () -> false, 100, 1 << 20);
  private final Deadlines deadlines = new Deadlines(null, (key, ticket) -> {});
  private long now;
  private long nextTicket;
  private final RequestLine line = new RequestLine(gate, intake, deadlines, 10, () -> now);
  private final List<String> emitted = new ArrayList<>();

  @Test
  void conversationsComeInTheOrderOfTheirFirstRequests() throws Exception {
    arrive(C, "1");
    arrive(D, "2");
    arrive(C, "3");
    assertThat(line.first())
        .as("it stays so until it is taken")
        .contains(C)
        .isEqualTo(line.first());
    line.take();
    assertThat(line.first()).contains(D);
    line.take();
    assertThat(line.first()).isEmpty();
    line.finished(C, 1);
    assertThat(line.first()).as("its next request").contains(C);
    line.take();
    line.finished(C, 0);
    line.finished(D, 0);
    assertThat(line.first()).isEmpty();
    arrive(C, "4");
    assertThat(line.first()).contains(C);
  }

  @Test
  void whoStepsAsideComesBackWhenTheOtherHasMovedOn() throws Exception {
    arrive(C, "1");
    line.take();
    arrive(D, "2");
    line.stepAside(C);
    assertThat(line.first()).isEmpty();
    arrive(E, "3");
    line.movedOn(D);
    assertThat(line.first()).contains(E);
    line.take();
    line.finished(C, 0);
    assertThat(line.first()).contains(D);
    line.take();
    line.movedOn(C);
    assertThat(line.first()).as("it looks again once").isEmpty();
  }

  @Test
  void requestsAreKnownUntilTheyAreAnswered() throws Exception {
    arrive(C, "1");
    arrive(C, "1");
    arrive(C, "2");
    assertThat(line.knows(C, "1")).isTrue();
    assertThat(line.knows(C, "3")).isFalse();
    assertThat(line.knows(D, "1")).isFalse();
    line.finished(C, 2);
    assertThat(line.knows(C, "1")).as("there is another one of that id").isTrue();
    line.finished(C, 1);
    assertThat(line.knows(C, "1")).isFalse();
    assertThat(line.knows(C, "2")).isTrue();
    line.finished(C, 0);
    assertThat(line.knows(C, "2")).isFalse();
  }

  @Test
  void anAnswerLetsWatermarksThroughAndLeavesRoom() throws Exception {
    arrive(C, "1");
    long bytes = intake.bytes();
    assertThat(bytes).isPositive();
    gate.pass(() -> emitted.add("w1"));
    arrive(C, "2");
    gate.pass(() -> emitted.add("w2"));
    assertThat(intake.bytes()).isEqualTo(2 * bytes);
    line.finished(C, 1);
    assertThat(emitted).containsExactly("w1");
    assertThat(intake.bytes()).isEqualTo(bytes);
    line.finished(C, 0);
    assertThat(emitted).containsExactly("w1", "w2");
    assertThat(intake.isEmpty()).isTrue();
  }

  private void arrive(ConversationKey key, String id) {
    line.arrived(key, CompletionRequest.ofUser(id, key.id(), "x"));
  }
}
