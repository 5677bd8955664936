package io.flinkmistral.template.dialogue;

import io.flinkmistral.protocol.ToolCall;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Calls whose results may still come, in the order of a dialogue. Ids need not differ: many clients
 * number the calls of each answer anew. A result is that of the newest answer with a call of its
 * id; where that has several of one id, results are in the order of the calls.
 */
final class OpenCalls {
  /** By id. The last one stays when it has its result, for a result that comes twice. */
  private final Map<String, Deque<String>> functions = new HashMap<>();

  /** Adds the calls of one answer. */
  void add(List<ToolCall> calls) {
    calls.forEach(call -> functions.put(call.id(), new ArrayDeque<>()));
    calls.forEach(call -> functions.get(call.id()).add(call.name()));
  }

  /** The function whose result of this id comes next; nothing where there was no such call. */
  Optional<String> functionOf(String id) {
    Deque<String> names = functions.getOrDefault(id, new ArrayDeque<>());
    return Optional.ofNullable(names.size() > 1 ? names.removeFirst() : names.peekFirst());
  }
}
