package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UnconfirmedEndsTest {
  private static final ConversationKey C = new ConversationKey("c");
  private static final ConversationKey D = new ConversationKey("d");

  private final UnconfirmedEnds ends = new UnconfirmedEnds(true);

  @Test
  void anEndCountsNoMoreWhenACheckpointHoldsIt() {
    assertThat(ends.count(C)).as("nothing has ended").isZero();
    ends.ended(C);
    ends.ended(C);
    assertThat(ends.count(C)).isEqualTo(2);
    ends.taken(1);
    assertThat(ends.count(C)).isEqualTo(2);
    ends.completed(1);
    assertThat(ends.count(C)).isZero();
    assertThat(ends.count(D)).isZero();
  }

  @Test
  void whatEndsWhileACheckpointIsWrittenWaitsForTheNext() {
    ends.ended(C);
    ends.taken(1);
    ends.ended(C);
    ends.ended(D);
    ends.completed(1);
    assertThat(ends.count(C)).isEqualTo(1);
    assertThat(ends.count(D)).isEqualTo(1);
    ends.taken(2);
    ends.completed(2);
    assertThat(ends.count(C)).isZero();
    assertThat(ends.count(D)).isZero();
  }

  @Test
  void aCheckpointThatWasGivenUpConfirmsNothingAndTheNextConfirmsAll() {
    ends.ended(C);
    ends.taken(1);
    ends.ended(C);
    ends.taken(2);
    assertThat(ends.count(C)).isEqualTo(2);
    ends.completed(2);
    assertThat(ends.count(C)).isZero();
  }

  @Test
  void ofCheckpointsThatOvertakeEachOtherTheLatestCounts() {
    ends.ended(C);
    ends.taken(1);
    ends.ended(C);
    ends.taken(2);
    ends.completed(2);
    ends.ended(C);
    ends.completed(1); // Flink gives up what was taken before.
    assertThat(ends.count(C)).isEqualTo(1);
  }

  @Test
  void withoutCheckpointsWhatHasEndedHas() {
    UnconfirmedEnds none = new UnconfirmedEnds(false);
    none.ended(C);
    assertThat(none.count(C)).isZero();
  }

  @Test
  void bothKindsOfDecisionsGoByTheSameCheckpoints() {
    TimeDecisions decisions = TimeDecisions.of(true);
    decisions.fence().decided(C, 1);
    decisions.ends().ended(C);
    decisions.taken(1);
    assertThat(decisions.completed(0)).isEmpty();
    assertThat(decisions.ends().count(C)).isEqualTo(1);
    assertThat(decisions.completed(1)).containsExactly(C);
    assertThat(decisions.ends().count(C)).isZero();
  }
}
