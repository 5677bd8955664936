package io.flinkmistral.operator;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Who is next: the conversations with unfinished requests that are not live, first come first
 * served.
 *
 * <p>Nobody is passed over: where the first one does not fit into memory now, those behind it wait,
 * too. But a request that depends on another conversation steps aside until that has moved on (see
 * {@link Forks}). It only ever depends on requests that came in before it, as does whatever these
 * wait for: so there is always one that waits for nobody.
 */
final class RequestLine {
  private final WatermarkGate gate;

  /** Arrival numbers of the unfinished requests of each conversation that has some. */
  private final Map<ConversationKey, Deque<Long>> unfinished = new HashMap<>();

  private final Deque<ConversationKey> waiting = new ArrayDeque<>();

  /** Who steps aside, by the conversation that they wait for. */
  private final Map<ConversationKey, List<ConversationKey>> aside = new HashMap<>();

  RequestLine(WatermarkGate gate) {
    this.gate = gate;
  }

  /** A request of the conversation came in. */
  void arrived(ConversationKey key) {
    Deque<Long> arrivals = unfinished.get(key);
    if (arrivals == null) {
      arrivals = new ArrayDeque<>();
      unfinished.put(key, arrivals);
      waiting.addLast(key);
    }
    arrivals.addLast(gate.arrive());
  }

  /** The conversation whose turn it is; it stays first until it is taken. */
  Optional<ConversationKey> first() {
    return Optional.ofNullable(waiting.peekFirst());
  }

  /** The first one goes live. */
  void take() {
    waiting.removeFirst();
  }

  /** The first one waits until {@code other} has moved on. */
  void stepAside(ConversationKey other) {
    aside.computeIfAbsent(other, key -> new ArrayList<>()).add(waiting.removeFirst());
  }

  /** Who waited for this conversation is to look again. */
  void movedOn(ConversationKey key) {
    List<ConversationKey> waiters = aside.remove(key);
    if (waiters != null) {
      waiting.addAll(waiters);
    }
  }

  /** The conversation's first request is answered, and {@code left} are left. */
  void finished(ConversationKey key, int left) throws Exception {
    long arrival = unfinished.get(key).removeFirst();
    if (left > 0) {
      waiting.addLast(key);
    } else {
      unfinished.remove(key);
    }
    movedOn(key);
    gate.finish(arrival);
  }

  boolean isEmpty() {
    return unfinished.isEmpty();
  }

  int unfinishedRequests() {
    return gate.unfinished();
  }
}
