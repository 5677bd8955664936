package io.flinkmistral.operator;

import io.flinkmistral.cache.KvWindow;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ForkPoint;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * The forks that are queued and not made yet, and what they make wait: a fork is made when what it
 * begins with is there, and no request that its source had when it came in can change that; later
 * requests of the source wait until it is made. So what a fork begins with depends on the order of
 * the requests alone. Each waits only for what came in before it, so that they never wait in a
 * circle.
 */
final class Forks {
  private final ConversationState state;
  private final CheckpointFence fence;
  private final KvWindow window;

  /** By source: how many forks wait for its tickets before this one. */
  private final Map<ConversationKey, TreeMap<Long, Integer>> pending = new HashMap<>();

  Forks(ConversationState state, CheckpointFence fence, KvWindow window) {
    this.state = state;
    this.fence = fence;
    this.window = window;
  }

  static Optional<ConversationKey> source(CompletionRequest request) {
    return request.fork().map(fork -> new ConversationKey(fork.conversationId()));
  }

  /** The end of the source's queue, where the request is a fork. */
  long sourceEnd(CompletionRequest request) throws Exception {
    Optional<ConversationKey> source = source(request);
    return source.isEmpty() ? 0 : state.of(source.get()).header().queueEnd();
  }

  /**
   * Whether nothing has come to the source since the request that this one follows: then it is the
   * source's next one. What has come counts, whatever became of it, so that the order of requests
   * alone decides.
   */
  boolean isNext(CompletionRequest request) throws Exception {
    ForkPoint fork = request.fork().orElseThrow();
    long queueEnd = state.of(new ConversationKey(fork.conversationId())).header().queueEnd();
    return fork.after().isPresent() && queueEnd == fork.after().getAsInt();
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
      return isSettled(head, state.of(source.get())) && !fence.holds(source.get(), head.sourceEnd())
          ? Optional.empty()
          : source;
    }
    return Optional.empty();
  }

  /**
   * Whether what a fork begins with is there, and stays: all before it is answered; or all but an
   * answer that is being written, which is a turn that comes later than the fork's. With a window,
   * pages that the fork could take over may go meanwhile, so that it waits.
   */
  private boolean isSettled(QueuedRequest fork, Conversation source) throws Exception {
    ConversationHeader header = source.header();
    if (header.queued() == 0 || header.queueHead() >= fork.sourceEnd()) {
      return true;
    }
    OptionalInt tokens = source.tokensOf(fork.request().fork().orElseThrow().turn());
    return window.tokens().isEmpty()
        && header.queueHead() + 1 == fork.sourceEnd()
        && tokens.isPresent()
        && source.turnInFlight().isPresent()
        && source.head().request().fork().isEmpty() // One that fails leaves nothing.
        && header.endPage() >= tokens.getAsInt() / window.pageTokens();
  }

  private boolean isForkedBefore(ConversationKey key, long ticket) {
    TreeMap<Long, Integer> ends = pending.get(key);
    return ends != null && ends.firstKey() <= ticket;
  }
}
