package io.flinkmistral.operator;

import io.flinkmistral.mailbox.Intake;
import io.flinkmistral.mailbox.WatermarkGate;
import io.flinkmistral.protocol.CompletionRequest;
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
  /** A request that is not answered: its arrival number and size. */
  private record Unfinished(String id, long arrival, long bytes) {}

  private final WatermarkGate gate;
  private final Intake intake;

  /** In their order, of each conversation that has some. */
  private final Map<ConversationKey, Deque<Unfinished>> unfinished = new HashMap<>();

  /** Their ids; one that is not to be remembered may be there more than once. */
  private final Map<ConversationKey, Map<String, Integer>> ids = new HashMap<>();

  private final Deque<ConversationKey> waiting = new ArrayDeque<>();

  /** Who steps aside, by the conversation that they wait for. */
  private final Map<ConversationKey, List<ConversationKey>> aside = new HashMap<>();

  RequestLine(WatermarkGate gate, Intake intake) {
    this.gate = gate;
    this.intake = intake;
  }

  /** A request of the conversation is in its queue. */
  void arrived(ConversationKey key, CompletionRequest request) {
    Deque<Unfinished> requests = unfinished.get(key);
    if (requests == null) {
      requests = new ArrayDeque<>();
      unfinished.put(key, requests);
      waiting.addLast(key);
    }
    Unfinished one = new Unfinished(request.requestId(), gate.arrive(), RequestSize.bytes(request));
    requests.addLast(one);
    ids.computeIfAbsent(key, k -> new HashMap<>()).merge(one.id(), 1, Integer::sum);
    intake.arrived(one.bytes());
  }

  /** Whether a request of this id waits, or is being answered. */
  boolean knows(ConversationKey key, String requestId) {
    return ids.getOrDefault(key, Map.of()).containsKey(requestId);
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
    Unfinished done = unfinished.get(key).removeFirst();
    if (left > 0) {
      waiting.addLast(key);
      ids.get(key).merge(done.id(), -1, (count, less) -> count + less == 0 ? null : count + less);
    } else {
      unfinished.remove(key);
      ids.remove(key);
    }
    movedOn(key);
    intake.finished(done.bytes());
    gate.finish(done.arrival());
  }
}
