package io.flinkmistral.operator;

import java.util.List;

/**
 * What is decided by time, and what checkpoints hold of it.
 *
 * @param fence behind which requests wait for a checkpoint
 * @param ends requests that have ended, and count among those that wait until then
 */
record TimeDecisions(CheckpointFence fence, UnconfirmedEnds ends) {
  /**
   * @param checkpointing whether there are checkpoints
   */
  static TimeDecisions of(boolean checkpointing) {
    return new TimeDecisions(
        new CheckpointFence(checkpointing), new UnconfirmedEnds(checkpointing));
  }

  /** The checkpoint holds what was decided so far. */
  void taken(long checkpoint) {
    fence.taken(checkpoint);
    ends.taken(checkpoint);
  }

  /** It is complete; conversations of which nothing is left to be waited for. */
  List<ConversationKey> completed(long checkpoint) {
    ends.completed(checkpoint);
    return fence.completed(checkpoint);
  }

  /** There are no checkpoints any more; conversations of which something was to be waited for. */
  List<ConversationKey> open() {
    return fence.open();
  }
}
