package io.flinkmistral.operator;

import java.util.List;

/**
 * What is decided by time, and what checkpoints hold of it.
 *
 * @param fence behind which requests wait for a checkpoint
 * @param heads from where it is counted how many requests wait
 */
record TimeDecisions(CheckpointFence fence, ConfirmedHeads heads) {
  /**
   * @param checkpointing whether there are checkpoints
   */
  static TimeDecisions of(boolean checkpointing) {
    return new TimeDecisions(new CheckpointFence(checkpointing), new ConfirmedHeads(checkpointing));
  }

  /** The checkpoint holds what was decided so far. */
  void taken(long checkpoint) {
    fence.taken(checkpoint);
    heads.taken(checkpoint);
  }

  /** It is complete; conversations of which nothing is left to be waited for. */
  List<ConversationKey> completed(long checkpoint) {
    heads.completed(checkpoint);
    return fence.completed(checkpoint);
  }

  /** There are no checkpoints any more; conversations of which something was to be waited for. */
  List<ConversationKey> open() {
    return fence.open();
  }

  void aborted(long checkpoint) {
    heads.aborted(checkpoint);
  }
}
