package io.flinkmistral.operator;

import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;

/**
 * Requests that have ended, in whatever way, since the last complete checkpoint. Whether a request
 * finds too many before it is counted with these, and not from what happens to have ended when it
 * comes in: so a replay, which reads faster than it answers, refuses the same requests.
 *
 * <p>An example, with room for 3: the last complete checkpoint has two requests in the queue. A
 * third is taken in, a fourth is refused, also if one has been answered or cancelled since; and so
 * it is after a failure. When a checkpoint that holds the end of one is complete, there is room for
 * one more.
 */
final class UnconfirmedEnds {
  private static final long NO_CHECKPOINT = Long.MAX_VALUE;

  private final boolean needed;

  /** How many, by the first checkpoint that holds them. */
  private final Map<ConversationKey, TreeMap<Long, Integer>> ends = new HashMap<>();

  /**
   * @param needed whether there are checkpoints; without them what has ended has
   */
  UnconfirmedEnds(boolean needed) {
    this.needed = needed;
  }

  /** A request of the conversation has ended. */
  void ended(ConversationKey key) {
    if (needed) {
      ends.computeIfAbsent(key, _ -> new TreeMap<>()).merge(NO_CHECKPOINT, 1, Integer::sum);
    }
  }

  /** How many requests of the conversation have ended since the last complete checkpoint. */
  int count(ConversationKey key) {
    TreeMap<Long, Integer> counts = ends.get(key);
    return counts == null ? 0 : counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** The checkpoint holds all that have ended so far. */
  void taken(long checkpoint) {
    for (TreeMap<Long, Integer> counts : ends.values()) {
      Integer count = counts.remove(NO_CHECKPOINT);
      if (count != null) {
        counts.put(checkpoint, count);
      }
    }
  }

  /** The checkpoint is complete. */
  void completed(long checkpoint) {
    Iterator<TreeMap<Long, Integer>> all = ends.values().iterator();
    while (all.hasNext()) {
      TreeMap<Long, Integer> counts = all.next();
      counts.headMap(checkpoint, true).clear();
      if (counts.isEmpty()) {
        all.remove();
      }
    }
  }
}
