package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CheckpointFenceTest {
  private static final ConversationKey C = new ConversationKey("c");
  private static final ConversationKey D = new ConversationKey("d");

  private final CheckpointFence fence = new CheckpointFence(true);

  @Test
  void requestsBehindADecisionWaitForACheckpointThatHoldsIt() {
    fence.decided(C, 5);
    assertThat(fence.holds(C)).isTrue();
    assertThat(fence.holds(C, 4)).as("it came before").isFalse();
    assertThat(fence.holds(C, 5)).isTrue();
    assertThat(fence.holds(C, 6)).isTrue();
    assertThat(fence.holds(D)).isFalse();
    assertThat(fence.holds(D, 9)).isFalse();
    assertThat(fence.completed(1)).as("it was taken before").isEmpty();
    fence.taken(2);
    assertThat(fence.holds(C, 5)).isTrue();
    assertThat(fence.completed(2)).containsExactly(C);
    assertThat(fence.holds(C)).isFalse();
    assertThat(fence.holds(C, 5)).isFalse();
  }

  @Test
  void aLaterCheckpointHoldsTheDecisionToo() {
    fence.decided(C, 5);
    fence.taken(2);
    fence.taken(3);
    assertThat(fence.completed(3)).containsExactly(C);
  }

  @Test
  void aDecisionAfterACheckpointWaitsForTheNextOne() {
    fence.decided(C, 5);
    fence.taken(2);
    fence.decided(C, 8);
    assertThat(fence.completed(2)).isEmpty();
    assertThat(fence.holds(C, 5)).isFalse();
    assertThat(fence.holds(C, 8)).isTrue();
    fence.taken(3);
    fence.decided(D, 0);
    assertThat(fence.completed(3)).containsExactly(C);
    assertThat(fence.holds(D)).isTrue();
  }

  @Test
  void ofDecisionsBetweenTwoCheckpointsTheFirstCounts() {
    fence.decided(C, 5);
    fence.decided(C, 8);
    assertThat(fence.holds(C, 5)).isTrue();
    fence.taken(1);
    assertThat(fence.completed(1)).containsExactly(C);
  }

  @Test
  void withoutCheckpointsNothingWaits() {
    CheckpointFence none = new CheckpointFence(false);
    assertThat(none.isNeeded()).isFalse();
    assertThat(fence.isNeeded()).isTrue();
    none.decided(C, 5);
    assertThat(none.holds(C)).isFalse();
  }
}
