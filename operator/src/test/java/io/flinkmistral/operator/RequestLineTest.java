package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.mailbox.Intake;
import io.flinkmistral.mailbox.WatermarkGate;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class RequestLineTest {
  private static final ConversationKey C = new ConversationKey("c");
  private static final ConversationKey D = new ConversationKey("d");
  private static final ConversationKey E = new ConversationKey("e");

  private final WatermarkGate gate = new WatermarkGate();
  private final Intake intake = new Intake(null, () -> false, 100, 1 << 20);
  private final Deadlines deadlines = new Deadlines(null, (key, ticket) -> {}, () -> {});
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
    finish(C, 0);
    assertThat(line.first()).as("its next request").contains(C);
    line.take();
    finish(C, 2);
    finish(D, 1);
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
    finish(C, 0);
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
    assertThat(line.tickets(C, "1")).containsExactly(0L, 1L);
    assertThat(line.knows(C, "3")).isFalse();
    assertThat(line.tickets(C, "3")).isEmpty();
    assertThat(line.knows(D, "1")).isFalse();
    assertThat(line.tickets(D, "1")).isEmpty();
    line.take();
    finish(C, 0);
    assertThat(line.knows(C, "1")).as("there is another one of that id").isTrue();
    line.take();
    finish(C, 1);
    assertThat(line.knows(C, "1")).isFalse();
    assertThat(line.knows(C, "2")).isTrue();
    line.take();
    finish(C, 2);
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
    line.take();
    finish(C, 0);
    assertThat(emitted).containsExactly("w1");
    assertThat(intake.bytes()).isEqualTo(bytes);
    line.take();
    finish(C, 1);
    assertThat(emitted).containsExactly("w1", "w2");
    assertThat(intake.isEmpty()).isTrue();
  }

  @Test
  void aLowerNumberComesFirstAndEqualOnesInTheirOrder() {
    arrive(C, 0, 0);
    arrive(D, -1, 0);
    arrive(E, -1, 0);
    assertThat(takeAll()).containsExactly(D, E, C);
  }

  @Test
  void whoHasWaitedLongComesBeforeALowerNumber() {
    arrive(C, 2, 100);
    arrive(D, 0, 119);
    arrive(E, 0, 121);
    assertThat(takeAll()).as("ten milliseconds for each number").containsExactly(D, C, E);
  }

  /** Whatever comes later, and however urgent it is. */
  @Test
  void whoWaitsIsPassedOverForABoundedTime() {
    int least = -Schedule.MOST_PRIORITY;
    int most = Schedule.MOST_PRIORITY;
    arrive(C, most, 0);
    for (int i = 0; i < 300; i++) {
      arrive(new ConversationKey("urgent" + i), least, 10 * i);
    }
    int passedOver = takeAll().indexOf(C);
    assertThat(passedOver).isEqualTo(most - least);
  }

  @Test
  void aConversationHasTheRankOfItsFirstRequestAndKeepsTheirOrder() throws Exception {
    arrive(C, 5, 0);
    arrive(C, -5, 0);
    arrive(D, 0, 0);
    assertThat(line.first()).contains(D);
    line.take();
    line.take();
    finish(C, 0);
    arrive(E, -2, 0);
    assertThat(line.first()).as("the second request's").contains(C);
  }

  /** It waits for one that came before, and holds up nobody. */
  @Test
  void anUrgentRequestThatDependsOnAnotherWaitsForItHoweverLateThatIs() throws Exception {
    arrive(C, 50, 0);
    arrive(D, -50, 0);
    arrive(E, 0, 0);
    assertThat(line.first()).contains(D);
    line.stepAside(C);
    assertThat(takeAll()).containsExactly(E, C);
    finish(C, 0);
    assertThat(line.first()).contains(D);
  }

  @Test
  void aRequestThatEndsBeforeItsTurnLeavesTheOthersWhereTheyAre() throws Exception {
    arrive(C, 0, 0);
    arrive(D, 0, 0);
    arrive(C, 0, 0);
    line.ended(C, 2);
    assertThat(line.knows(C, "2")).isFalse();
    assertThat(line.first()).contains(C);
    line.ended(C, 0);
    assertThat(line.first()).as("it has none any more").contains(D);
    line.stepAside(C);
    line.ended(D, 1);
    line.movedOn(C);
    assertThat(line.first()).isEmpty();
    assertThat(intake.isEmpty()).isTrue();
  }

  @Test
  void theNextRequestTakesItsPlaceInTheLine() throws Exception {
    arrive(C, 0, 0);
    arrive(D, 0, 0);
    arrive(C, 0, 0);
    now = 5;
    line.ended(C, 0);
    assertThat(line.first()).as("it waits since now").contains(D);
    line.take();
    assertThat(line.first()).contains(C);
  }

  /** What was stopped is still being read by a pass. */
  @Test
  void aConversationWhoseTurnIsNotOverDoesNotBeginTheNext() throws Exception {
    arrive(C, "1");
    line.take();
    line.ended(C, 0);
    arrive(C, "2");
    assertThat(line.first()).isEmpty();
    line.released(C);
    assertThat(line.first()).contains(C);
    line.take();
    line.ended(C, 1);
    line.released(C);
    assertThat(line.first()).isEmpty();
  }

  private void arrive(ConversationKey key, String id) {
    arrive(key, CompletionRequest.ofUser(id, key.id(), "x"), 0);
  }

  private void arrive(ConversationKey key, int priority, long since) {
    arrive(
        key,
        CompletionRequest.ofUser(Long.toString(nextTicket), key.id(), "x")
            .but()
            .schedule(new Schedule(priority, OptionalLong.empty()))
            .build(),
        since);
  }

  private void arrive(ConversationKey key, CompletionRequest request, long since) {
    line.arrived(key, nextTicket++, new QueuedRequest(request, OptionalLong.empty(), since, 0));
  }

  private void finish(ConversationKey key, long ticket) throws Exception {
    line.ended(key, ticket);
    line.released(key);
  }

  private List<ConversationKey> takeAll() {
    List<ConversationKey> taken = new ArrayList<>();
    while (line.first().isPresent()) {
      taken.add(line.first().get());
      line.take();
    }
    return taken;
  }
}
