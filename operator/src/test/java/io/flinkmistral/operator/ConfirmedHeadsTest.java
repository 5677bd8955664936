package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ConfirmedHeadsTest {
  private static final ConversationKey C = new ConversationKey("c");
  private static final ConversationKey D = new ConversationKey("d");

  private final ConfirmedHeads heads = new ConfirmedHeads(true);

  @Test
  void whatIsAnsweredCountsWhenACheckpointHoldsIt() {
    assertThat(heads.confirmed(C, 5)).as("nothing was answered").isEqualTo(5);
    heads.movedOn(C, 5);
    heads.movedOn(C, 6);
    assertThat(heads.confirmed(C, 7)).isEqualTo(5);
    heads.taken(1);
    assertThat(heads.confirmed(C, 7)).isEqualTo(5);
    heads.completed(1);
    assertThat(heads.confirmed(C, 7)).isEqualTo(7);
    assertThat(heads.confirmed(D, 3)).isEqualTo(3);
  }

  @Test
  void whatIsAnsweredWhileACheckpointIsWrittenWaitsForTheNext() {
    heads.movedOn(C, 5);
    heads.taken(1);
    heads.movedOn(C, 6);
    heads.completed(1);
    assertThat(heads.confirmed(C, 7)).isEqualTo(6);
    heads.taken(2);
    heads.completed(2);
    assertThat(heads.confirmed(C, 7)).isEqualTo(7);
  }

  @Test
  void aCheckpointThatWasGivenUpConfirmsNothing() {
    heads.movedOn(C, 5);
    heads.taken(1);
    heads.aborted(1);
    heads.completed(1);
    assertThat(heads.confirmed(C, 6)).isEqualTo(5);
  }

  @Test
  void ofCheckpointsThatOvertakeEachOtherTheLatestCounts() {
    heads.movedOn(C, 5);
    heads.taken(1);
    heads.movedOn(C, 6);
    heads.taken(2);
    heads.completed(2);
    assertThat(heads.confirmed(C, 7)).isEqualTo(7);
    heads.movedOn(C, 7);
    heads.completed(1); // Flink gives up what was taken before; it must not bring that back.
    assertThat(heads.confirmed(C, 8)).isEqualTo(7);
  }

  @Test
  void theTicketsOfAConversationThatIsForgottenBeginAnew() {
    heads.movedOn(C, 5);
    heads.movedOn(D, 1);
    heads.taken(1);
    heads.forgotten(C);
    assertThat(heads.confirmed(C, 0)).isZero();
    heads.movedOn(C, 0);
    heads.completed(1);
    assertThat(heads.confirmed(C, 1)).as("the checkpoint knows another one").isZero();
    assertThat(heads.confirmed(D, 2)).isEqualTo(2);
  }

  @Test
  void withoutCheckpointsWhatIsAnsweredIs() {
    ConfirmedHeads none = new ConfirmedHeads(false);
    none.movedOn(C, 5);
    assertThat(none.confirmed(C, 6)).isEqualTo(6);
  }

  @Test
  void bothKindsOfDecisionsGoByTheSameCheckpoints() {
    TimeDecisions decisions = TimeDecisions.of(true);
    decisions.fence().decided(C, 1);
    decisions.heads().movedOn(C, 0);
    decisions.taken(1);
    decisions.aborted(1);
    assertThat(decisions.completed(1)).as("the fence is of no harm there").containsExactly(C);
    assertThat(decisions.heads().confirmed(C, 1)).isZero();
    decisions.taken(2);
    decisions.fence().decided(C, 2);
    assertThat(decisions.completed(2)).isEmpty();
    assertThat(decisions.heads().confirmed(C, 1)).isEqualTo(1);
  }
}
