package io.flinkmistral.operator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * Decisions that depend on time, and that later turns of a conversation depend on: a request was
 * refused since too many waited, an answer was ended before it was whole, or a conversation has
 * expired. After a failure they would be taken anew, perhaps otherwise, and tokens that were
 * streamed in between would belong to other answers. So the requests behind such a decision wait
 * until a checkpoint that holds it is complete.
 */
final class CheckpointFence {
  private static final long NO_CHECKPOINT = Long.MAX_VALUE;

  /** Requests with this ticket or a later one wait for the checkpoint. */
  private record Decision(long ticket, long checkpoint) {}

  private boolean needed;
  private final Map<ConversationKey, List<Decision>> decisions = new HashMap<>();

  /**
   * @param needed whether there are checkpoints; without them a failure begins from nothing
   */
  CheckpointFence(boolean needed) {
    this.needed = needed;
  }

  boolean isNeeded() {
    return needed;
  }

  /** Something was decided; requests with {@code ticket} or a later one depend on it. */
  void decided(ConversationKey key, long ticket) {
    if (!needed) {
      return;
    }
    List<Decision> earlier = decisions.computeIfAbsent(key, k -> new ArrayList<>());
    long first = ticket;
    // No more than one for each checkpoint.
    if (!earlier.isEmpty() && earlier.getLast().checkpoint() == NO_CHECKPOINT) {
      first = Math.min(ticket, earlier.removeLast().ticket());
    }
    earlier.add(new Decision(first, NO_CHECKPOINT));
  }

  /** Whether the request with this ticket must wait. */
  boolean holds(ConversationKey key, long ticket) {
    return decisions.getOrDefault(key, List.of()).stream().anyMatch(d -> d.ticket() <= ticket);
  }

  /** Whether a decision about the conversation is not in a complete checkpoint yet. */
  boolean holds(ConversationKey key) {
    return decisions.containsKey(key);
  }

  /** There are no checkpoints any more: nothing waits. Conversations of which something did. */
  List<ConversationKey> open() {
    needed = false;
    List<ConversationKey> released = List.copyOf(decisions.keySet());
    decisions.clear();
    return released;
  }

  /** The checkpoint holds all that was decided so far. */
  void taken(long checkpoint) {
    for (List<Decision> list : decisions.values()) {
      list.replaceAll(
          d -> d.checkpoint() == NO_CHECKPOINT ? new Decision(d.ticket(), checkpoint) : d);
    }
  }

  /** The checkpoint is complete; conversations of which nothing is left to be waited for. */
  List<ConversationKey> completed(long checkpoint) {
    List<ConversationKey> released = new ArrayList<>();
    Iterator<Map.Entry<ConversationKey, List<Decision>>> entries = decisions.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<ConversationKey, List<Decision>> entry = entries.next();
      entry.getValue().removeIf(d -> d.checkpoint() <= checkpoint);
      if (entry.getValue().isEmpty()) {
        released.add(entry.getKey());
        entries.remove();
      }
    }
    return released;
  }
}
