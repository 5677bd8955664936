package io.flinkmistral.enrichment;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.flink.api.common.functions.RuntimeContext;

/**
 * An enricher that answers when the test lets it: {@code text} becomes {@code text!}. Those of all
 * subtasks of this process stand and go on together.
 */
final class TestEnrichers {
  private static final Map<String, Integer> ASKED = new ConcurrentHashMap<>();
  private static final Map<Long, Runnable> PENDING = new HashMap<>();
  private static long next;
  private static boolean stand;
  private static String broken = "";

  private TestEnrichers() {}

  /** From now on nothing is answered. */
  static synchronized void stand() {
    stand = true;
    ASKED.clear();
  }

  /** All that was asked for is answered, the last first, and so is all to come. */
  static synchronized void goOn() {
    stand = false;
    PENDING.keySet().stream()
        .sorted((a, b) -> Long.compare(b, a))
        .map(PENDING::get)
        .toList()
        .forEach(Runnable::run);
    PENDING.clear();
  }

  /** The engine breaks, once, when it is asked this. */
  static synchronized void breakAt(String text) {
    broken = text;
  }

  /** How often each was asked. */
  static Map<String, Integer> asked() {
    return ASKED;
  }

  private static synchronized CompletableFuture<String> ask(String text) {
    ASKED.merge(text, 1, Integer::sum);
    CompletableFuture<String> answer = new CompletableFuture<>();
    if (text.equals(broken)) {
      broken = "";
      answer.completeExceptionally(new IllegalStateException("the failure of this test"));
    } else if (stand) {
      PENDING.put(next++, () -> answer.complete(text + "!"));
    } else {
      answer.complete(text + "!");
    }
    return answer;
  }

  /** Of a subtask. */
  static Enricher<String, String> open(RuntimeContext context) {
    return new Enricher<>() {
      @Override
      public CompletableFuture<String> enrich(String record) {
        return ask(record);
      }

      @Override
      public void close() {}
    };
  }
}
