package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** All who wait for an answer, by their request. */
public final class LiveCalls {
  private static final Logger LOG = LoggerFactory.getLogger(LiveCalls.class);

  private Optional<ApiException> closed = Optional.empty();
  private final Map<String, List<Call>> byRequest = new HashMap<>();

  /** How many of each conversation wait. */
  private final Map<String, Integer> conversations = new HashMap<>();

  /**
   * @throws ApiException if nobody reads answers any more
   */
  public synchronized void add(Call call) {
    if (closed.isPresent()) {
      throw closed.get();
    }
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

  /** Nothing happens where it is not there. */
  public synchronized void remove(Call call) {
    List<Call> calls = byRequest.getOrDefault(call.request().id(), List.of());
    if (calls.contains(call)) {
      calls.remove(call);
      if (calls.isEmpty()) {
        byRequest.remove(call.request().id());
      }
      call.request().conversations().forEach(this::release);
    }
  }

  synchronized boolean isAwaited(String conversation) {
    return conversations.containsKey(conversation);
  }

  /** How many wait. */
  public synchronized int size() {
    return byRequest.values().stream().mapToInt(List::size).sum();
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
