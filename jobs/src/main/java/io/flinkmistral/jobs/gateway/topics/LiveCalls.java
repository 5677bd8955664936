package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * All calls that have no end yet, by their request: those that somebody waits for, and those whose
 * clients are gone, of which what they take is still to be known.
 */
public final class LiveCalls {
  private static final Logger LOG = LoggerFactory.getLogger(LiveCalls.class);

  private final int mostWaiting;
  private final int mostLeft;
  private Optional<ApiException> closed = Optional.empty();
  private final Map<String, List<Call>> byRequest = new HashMap<>();

  /** How many of each conversation there are. */
  private final Map<String, Integer> conversations = new HashMap<>();

  private final SequencedSet<Call> left = new LinkedHashSet<>();
  private int waiting;

  /**
   * @param mostWaiting most calls that somebody waits for
   * @param mostLeft most of those whose clients are gone; the end of more is not waited for
   */
  public LiveCalls(int mostWaiting, int mostLeft) {
    this.mostWaiting = mostWaiting;
    this.mostLeft = mostLeft;
  }

  /**
   * @throws ApiException if nobody reads answers any more, or as many wait as may
   */
  public synchronized void add(Call call) {
    if (closed.isPresent()) {
      throw closed.get();
    }
    if (waiting >= mostWaiting) {
      throw ApiException.failed(
          503, "overloaded", "%d calls wait for answers: try again later".formatted(mostWaiting));
    }
    waiting++;
    byRequest.computeIfAbsent(call.request().id(), _ -> new ArrayList<>()).add(call);
    call.request().conversations().forEach(one -> conversations.merge(one, 1, Integer::sum));
  }

  /**
   * Whether nobody waits for an answer of the conversation; if so, it is as if somebody did, until
   * {@link #release}.
   */
  public synchronized boolean reserve(String conversation) {
    return conversations.putIfAbsent(conversation, 1) == null;
  }

  public synchronized void release(String conversation) {
    conversations.computeIfPresent(conversation, (_, count) -> count == 1 ? null : count - 1);
  }

  /** Its end is not waited for. Nothing happens where it is not there. */
  public synchronized void remove(Call call) {
    List<Call> calls = byRequest.getOrDefault(call.request().id(), List.of());
    if (calls.contains(call)) {
      calls.remove(call);
      if (calls.isEmpty()) {
        byRequest.remove(call.request().id());
      }
      if (!left.remove(call)) {
        waiting--;
      }
      call.request().conversations().forEach(this::release);
    }
  }

  /** Its client is gone. */
  public void leave(Call call) {
    List<Call> tooMany = new ArrayList<>();
    synchronized (this) {
      if (byRequest.getOrDefault(call.request().id(), List.of()).contains(call) && left.add(call)) {
        waiting--;
      }
      while (left.size() > mostLeft) {
        tooMany.add(left.getFirst());
        remove(left.getFirst());
      }
    }
    tooMany.forEach(Call::drop);
  }

  synchronized boolean isAwaited(String conversation) {
    return conversations.containsKey(conversation);
  }

  /** How many somebody waits for. */
  public synchronized int size() {
    return waiting;
  }

  /** A record of either topic. */
  void accept(JsonNode record) {
    String conversation = record.path("conversation_id").asString("");
    for (Call call : of(record.path("request_id").asString(""))) {
      if (!conversation.isEmpty() && !call.request().conversations().contains(conversation)) {
        continue; // Another request, to which its client gave the same id.
      }
      try {
        call.accept(record);
      } catch (RuntimeException e) {
        LOG.error("request {} cannot be answered with {}", call.request().id(), record, e);
        call.fail(
            ApiException.failed(
                500, "internal_error", "the answer is none; the gateway's log says how"));
      }
      if (call.isOver()) {
        remove(call);
      }
    }
  }

  private synchronized List<Call> of(String request) {
    return List.copyOf(byRequest.getOrDefault(request, List.of()));
  }

  /** There will be no more records. */
  void close(ApiException error) {
    synchronized (this) {
      closed = Optional.of(error);
    }
    for (Call call : all()) {
      remove(call);
      call.fail(error);
    }
  }

  private synchronized List<Call> all() {
    return byRequest.values().stream().flatMap(List::stream).toList();
  }
}
