package io.flinkmistral.operator;

import io.flinkmistral.protocol.ConversationReport;
import io.flinkmistral.protocol.FinishReason;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Forgets conversations since a client says so: requests that are not answered end, and turns,
 * pages and ids go at once. What comes after it begins anew.
 *
 * <p>A fork that came before it and is not made yet finds nothing any more; whether it was made
 * depends on time. So it waits for a checkpoint, as all do that depend on such a decision. Until
 * then, and until such forks are done, the conversation keeps the numbers of its tickets.
 */
final class Forgetting {
  /** Forgets what is left of a conversation, if nothing is, and says so. */
  interface Clearing {
    boolean clearIfVoid(Conversation conversation) throws Exception;
  }

  private final boolean withForks;
  private final Supplier<List<ConversationKey>> allConversations;
  private final ConversationState state;
  private final RequestLine line;
  private final CheckpointFence fence;
  private final Endings endings;
  private final Expiry expiry;
  private final Clearing clearing;
  private final Set<ConversationKey> keptTickets = new LinkedHashSet<>();

  /**
   * @param withForks whether forks are forgotten with what they were forked from
   * @param allConversations that there are in state
   */
  Forgetting(
      boolean withForks,
      Supplier<List<ConversationKey>> allConversations,
      ConversationState state,
      RequestLine line,
      CheckpointFence fence,
      Endings endings,
      Expiry expiry,
      Clearing clearing) {
    this.withForks = withForks;
    this.allConversations = allConversations;
    this.state = state;
    this.line = line;
    this.fence = fence;
    this.endings = endings;
    this.expiry = expiry;
    this.clearing = clearing;
  }

  ConversationReport.Forgotten forget(ConversationKey key) throws Exception {
    int turns = forgetOne(key);
    int forks = 0;
    if (withForks) {
      for (ConversationKey other : allConversations.get()) {
        if (other.isForkOf(key)) {
          forgetOne(other);
          forks++;
        }
      }
    }
    return new ConversationReport.Forgotten(turns, forks);
  }

  /** How many turns it had before the requests that end with it. */
  private int forgetOne(ConversationKey key) throws Exception {
    Conversation conversation = state.of(key);
    int turns = conversation.turns().size() / 2;
    for (long ticket : line.tickets(key)) {
      endings.end(key, ticket, FinishReason.CANCELLED);
    }
    fence.decided(key, 0);
    endings.forgotten();
    expiry.forgetNow(conversation);
    if (!clearing.clearIfVoid(conversation)) {
      keptTickets.add(key);
    }
    return turns;
  }

  /** A checkpoint is complete, or there are none any more. */
  void clear() throws Exception {
    for (ConversationKey key : List.copyOf(keptTickets)) {
      Conversation conversation = state.of(key);
      if (!conversation.isVoid() || clearing.clearIfVoid(conversation)) {
        keptTickets.remove(key);
      }
    }
  }
}
