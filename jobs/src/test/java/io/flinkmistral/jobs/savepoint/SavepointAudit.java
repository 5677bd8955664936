package io.flinkmistral.jobs.savepoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.operator.StateOfConversations;
import io.flinkmistral.operator.StateOfConversations.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.flink.configuration.Configuration;

/**
 * Reads a savepoint or a retained checkpoint with Flink's State Processor API, and looks whether
 * every conversation has in state what its header says, and nothing else:
 *
 * <ul>
 *   <li>the queue has the tickets from queueHead to queueEnd - 1, and no request that was answered;
 *   <li>a turn is in flight only where a request is queued, and an answer only where a turn is;
 *   <li>the history has pairs of prompt and answer, whose tokens the header counts;
 *   <li>there are the pages from firstPage to endPage - 1, of one size, and none beyond the tokens.
 * </ul>
 */
public final class SavepointAudit {
  private final List<Snapshot> conversations;

  private SavepointAudit(List<Snapshot> conversations) {
    this.conversations = conversations;
  }

  /**
   * @param path of the savepoint or checkpoint, as Flink names it
   */
  public static SavepointAudit of(String path) throws Exception {
    return of(path, new Configuration());
  }

  /** The same with options such as the state backend, which must be right for native formats. */
  public static SavepointAudit of(String path, Configuration options) throws Exception {
    return new SavepointAudit(StateOfConversations.read(path, options));
  }

  static SavepointAudit of(List<Snapshot> conversations) {
    return new SavepointAudit(conversations);
  }

  public List<Snapshot> conversations() {
    return conversations;
  }

  /** Fails where state contradicts itself; at any moment of a run it must not. */
  public SavepointAudit assertSound() {
    assertThat(violations()).as("violations in state").isEmpty();
    return this;
  }

  /** Fails where something is left of requests; when all are answered nothing may be. */
  public SavepointAudit assertAtRest() {
    assertThat(leftovers()).as("left in state").isEmpty();
    return this;
  }

  List<String> violations() {
    List<String> violations = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Snapshot one : conversations) {
      if (!seen.add(one.conversation())) {
        violations.add(one.conversation() + " is there twice");
      }
      check(one, violations);
    }
    return violations;
  }

  List<String> leftovers() {
    List<String> left = new ArrayList<>();
    for (Snapshot one : conversations) {
      String name = one.conversation();
      require(one.queued().isEmpty(), left, "%s has requests %s", name, one.queued().values());
      require(!one.turnInFlight(), left, "%s has a turn in flight", name);
      require(one.answerTokens() == 0, left, "%s has part of an answer", name);
    }
    return left;
  }

  private static void check(Snapshot one, List<String> to) {
    String name = one.conversation();
    require(one.hasHeader(), to, "%s has state and no header", name);
    List<Long> tickets = LongStream.range(one.queueHead(), one.queueEnd()).boxed().toList();
    // A map that has travelled through Flink has lost its order.
    SortedMap<Long, String> queue = new TreeMap<>(one.queued());
    List<Long> queued = List.copyOf(queue.keySet());
    require(queued.equals(tickets), to, "%s has tickets %s, not %s", name, queued, tickets);
    List<String> done = one.answeredIds();
    require(Collections.disjoint(queue.values(), done), to, "%s has answered %s", name, done);
    require(!one.turnInFlight() || !queued.isEmpty(), to, "%s has a turn and no request", name);
    require(
        one.turnInFlight() || one.answerTokens() == 0, to, "%s has an answer and no turn", name);
    int tokens = one.historyTokens().stream().mapToInt(Integer::intValue).sum();
    require(
        tokens == one.headerTokens(),
        to,
        "%s has %d tokens, but its header says %d",
        name,
        tokens,
        one.headerTokens());
    require(one.historyTokens().size() % 2 == 0, to, "%s has half a turn in its history", name);
    checkPages(one, to);
  }

  private static void checkPages(Snapshot one, List<String> to) {
    String name = one.conversation();
    List<Integer> expected = IntStream.range(one.firstPage(), one.endPage()).boxed().toList();
    List<Integer> pages = one.pages().keySet().stream().sorted().toList();
    require(pages.equals(expected), to, "%s has pages %s, not %s", name, pages, expected);
    require(
        one.pages().values().stream().distinct().count() <= 1,
        to,
        "%s has pages of different sizes: %s",
        name,
        one.pages());
    require(pages.isEmpty() || !one.kv().isEmpty(), to, "%s has pages of no kind", name);
    boolean anyTokens = one.headerTokens() > 0 || one.turnInFlight();
    require(pages.isEmpty() || anyTokens, to, "%s has pages and no tokens", name);
  }

  private static void require(boolean holds, List<String> to, String message, Object... values) {
    if (!holds) {
      to.add(message.formatted(values));
    }
  }
}
