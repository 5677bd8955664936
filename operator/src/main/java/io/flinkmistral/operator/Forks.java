package io.flinkmistral.operator;

import io.flinkmistral.protocol.CompletionRequest;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The forks that are queued and not made yet, and what they make wait: a fork is made when all
 * requests are answered that its source had when it came in, and later requests of the source wait
 * until it is made. So what a fork begins with depends on the order of the requests alone. Each
 * waits only for what came in before it, so that they never wait in a circle.
 */
final class Forks {
  private final ConversationState state;
  private final CheckpointFence fence;

  /** By source: how many forks wait for its tickets before this one. */
  private final Map<ConversationKey, TreeMap<Long, Integer>> pending = new HashMap<>();

  Forks(ConversationState state, CheckpointFence fence) {
    this.state = state;
    this.fence = fence;
  }

  static Optional<ConversationKey> source(CompletionRequest request) {
    return request.fork().map(fork -> new ConversationKey(fork.conversationId()));
  }

  /** The end of the source's queue, where the request is a fork. */
  long sourceEnd(CompletionRequest request) throws Exception {
    Optional<ConversationKey> source = source(request);
    return source.isEmpty() ? 0 : state.of(source.get()).header().queueEnd();
  }

  /** The request is in the queue. */
  void queued(QueuedRequest queued) {
    source(queued.request())
        .ifPresent(
            source ->
                pending
                    .computeIfAbsent(source, key -> new TreeMap<>())
                    .merge(queued.sourceEnd(), 1, Integer::sum));
  }

  /** The fork is made, or will not be. */
  void done(ConversationKey source, long sourceEnd) {
    TreeMap<Long, Integer> ends = pending.get(source);
    ends.merge(sourceEnd, -1, (count, less) -> count + less == 0 ? null : count + less);
    if (ends.isEmpty()) {
      pending.remove(source);
    }
  }

  /** Whether a fork of this conversation is still to be made. */
  boolean isPending(ConversationKey source) {
    return pending.containsKey(source);
  }

  /** The conversation that another one's first request, which has not begun, must wait for. */
  Optional<ConversationKey> mustWaitFor(Conversation conversation) throws Exception {
    ConversationKey key = conversation.key();
    long ticket = conversation.header().queueHead();
    QueuedRequest head = conversation.head();
    if (isForkedBefore(key, ticket) || fence.holds(key, ticket)) {
      return Optional.of(key);
    }
    Optional<ConversationKey> source = source(head.request());
    if (source.isPresent()) {
      ConversationHeader header = state.of(source.get()).header();
      boolean ready = header.queued() == 0 || header.queueHead() >= head.sourceEnd();
      return ready && !fence.holds(source.get(), head.sourceEnd()) ? Optional.empty() : source;
    }
    return Optional.empty();
  }

  private boolean isForkedBefore(ConversationKey key, long ticket) {
    TreeMap<Long, Integer> ends = pending.get(key);
    return ends != null && ends.firstKey() <= ticket;
  }
}
