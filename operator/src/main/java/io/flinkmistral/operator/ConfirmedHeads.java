package io.flinkmistral.operator;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far the queues of conversations had come in the last complete checkpoint. Whether a request
 * finds too many before it is counted from there, and not from what happens to be answered when it
 * comes in: so a replay, which reads faster than it answers, refuses the same requests.
 *
 * <p>An example, with room for 3: the last complete checkpoint has tickets 5 and 6 in the queue.
 * Request 7 is taken in, 8 is refused, also if 5 has been answered since; and so they are after a
 * failure. When a checkpoint that begins with ticket 6 is complete, there is room for one more.
 */
final class ConfirmedHeads {
  private record Head(long confirmed, long now) {}

  private final boolean needed;

  /** Only of conversations that have moved on since the last complete checkpoint. */
  private final Map<ConversationKey, Head> moved = new HashMap<>();

  private final TreeMap<Long, Map<ConversationKey, Long>> taken = new TreeMap<>();

  /**
   * @param needed whether there are checkpoints; without them what is answered is
   */
  ConfirmedHeads(boolean needed) {
    this.needed = needed;
  }

  /** The head of a conversation's queue went from {@code head} to the next ticket. */
  void movedOn(ConversationKey key, long head) {
    if (!needed) {
      return;
    }
    Head before = moved.get(key);
    moved.put(key, new Head(before == null ? head : before.confirmed(), head + 1));
  }

  /**
   * The head of the conversation's queue in the last complete checkpoint.
   *
   * @param now its present head
   */
  long confirmed(ConversationKey key, long now) {
    Head head = moved.get(key);
    return head == null ? now : head.confirmed();
  }

  void taken(long checkpoint) {
    Map<ConversationKey, Long> heads = new HashMap<>();
    moved.forEach((key, head) -> heads.put(key, head.now()));
    taken.put(checkpoint, heads);
  }

  void completed(long checkpoint) {
    Map<ConversationKey, Long> heads = taken.getOrDefault(checkpoint, Map.of());
    taken.headMap(checkpoint, true).clear();
    heads.forEach(
        (key, head) ->
            moved.computeIfPresent(
                key, (k, now) -> now.now() == head ? null : new Head(head, now.now())));
  }

  void aborted(long checkpoint) {
    taken.remove(checkpoint);
  }

  /** The conversation is no more, and its tickets begin anew. */
  void forgotten(ConversationKey key) {
    moved.remove(key);
    taken.values().forEach(heads -> heads.remove(key));
  }
}
