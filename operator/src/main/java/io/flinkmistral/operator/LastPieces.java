package io.flinkmistral.operator;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The last pieces of answers that were ended before they were whole. Where an answer ends then
 * depends on time, and after a failure it may end elsewhere. So nobody is told before a checkpoint
 * that holds the decision is complete; until then the piece is in keyed state.
 *
 * <p>A failure may come between that and the piece's way out. So pieces that are in restored state,
 * whose checkpoint was complete, go out then, perhaps for the second time.
 */
final class LastPieces {
  private static final long NO_CHECKPOINT = Long.MAX_VALUE;

  private final ConversationState state;
  private final EventOutput events;
  private boolean needed;

  /** The checkpoint that holds each piece of a conversation, in their order. */
  private final Map<ConversationKey, List<Long>> checkpoints = new HashMap<>();

  /**
   * @param needed whether there are checkpoints to be waited for
   */
  LastPieces(ConversationState state, EventOutput events, boolean needed) {
    this.state = state;
    this.events = events;
    this.needed = needed;
  }

  /** Keeps a piece until a checkpoint holds it. */
  void add(ConversationKey key, HeldPiece piece) throws Exception {
    if (!needed) {
      events.emit(piece);
      return;
    }
    state.of(key).addLastPiece(piece);
    checkpoints.computeIfAbsent(key, k -> new ArrayList<>()).add(NO_CHECKPOINT);
  }

  boolean isEmpty() {
    return checkpoints.isEmpty();
  }

  /** The checkpoint holds all that there are. */
  void taken(long checkpoint) {
    checkpoints
        .values()
        .forEach(list -> list.replaceAll(known -> known == NO_CHECKPOINT ? checkpoint : known));
  }

  /** The checkpoint is complete: what it holds goes out. */
  void completed(long checkpoint) throws Exception {
    for (ConversationKey key : List.copyOf(checkpoints.keySet())) {
      List<Long> list = checkpoints.get(key);
      int held = (int) list.stream().filter(known -> known <= checkpoint).count();
      if (held > 0) {
        emit(key, held);
        list.subList(0, held).clear();
        if (list.isEmpty()) {
          checkpoints.remove(key);
        }
      }
    }
  }

  /** No checkpoint is to be waited for any more. */
  void emitAll() throws Exception {
    needed = false;
    completed(NO_CHECKPOINT);
  }

  /** The conversation's pieces were found in state. */
  void restored(ConversationKey key) throws Exception {
    int since = checkpoints.getOrDefault(key, List.of()).size(); // They wait for a checkpoint.
    emit(key, state.of(key).lastPieces().size() - since);
  }

  private void emit(ConversationKey key, int first) throws Exception {
    Conversation conversation = state.of(key);
    List<HeldPiece> pieces = conversation.lastPieces();
    pieces.subList(0, first).forEach(events::emit);
    conversation.keepLastPieces(List.copyOf(pieces.subList(first, pieces.size())));
  }
}
