package io.flinkmistral.operator;

import io.flinkmistral.mailbox.Intake;
import io.flinkmistral.mailbox.WatermarkGate;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.LongSupplier;

/**
 * Who is next: the conversations with unfinished requests that are not live, by the priority of
 * their first requests and the time since when they wait.
 *
 * <p>A conversation that waits since {@code t} with priority {@code p} has the rank {@code t + p *
 * ageing}, and the least rank is first; equal ones come as they came. So a greater number comes
 * later, but no later than if it had come so much later with the least number: who waits is passed
 * over only by what comes in while {@code t + (p - least) * ageing} is not over, and then by nobody
 * any more. With equal priorities it is first come first served. The requests of a conversation
 * keep their order: the rank is the first one's.
 *
 * <p>Where the first one does not fit into memory now, those behind it wait, too. But a request
 * that depends on another conversation steps aside until that has moved on (see {@link Forks}), and
 * holds up nobody. It only ever depends on requests that came in before it, whatever their ranks,
 * as does whatever these wait for: so there is always one that waits for nobody. That one is live,
 * or has a rank that is the least one day; then it goes on, and so do all that wait for it, in the
 * end.
 */
final class RequestLine {
  /** A request that is not answered. */
  private record Unfinished(
      String id, long ticket, int priority, long since, long arrival, long bytes) {}

  private record Rank(long time, long number) implements Comparable<Rank> {
    private static final Comparator<Rank> ORDER =
        Comparator.comparingLong(Rank::time).thenComparingLong(Rank::number);

    @Override
    public int compareTo(Rank other) {
      return ORDER.compare(this, other);
    }
  }

  /** A conversation that has unfinished requests, or whose turn is not over. */
  private static final class Entry {
    final ConversationKey key;
    final Deque<Unfinished> requests = new ArrayDeque<>();

    /** Of the requests; one that is not to be remembered may be there more than once. */
    final Map<String, Integer> ids = new HashMap<>();

    Rank rank;
    boolean waits;
    Optional<ConversationKey> asideFor = Optional.empty();
    boolean taken;

    Entry(ConversationKey key) {
      this.key = key;
    }
  }

  private final WatermarkGate gate;
  private final Intake intake;
  private final Deadlines deadlines;
  private final long ageingMillis;
  private final LongSupplier clock;
  private final Map<ConversationKey, Entry> entries = new HashMap<>();
  private final TreeSet<Entry> waiting = new TreeSet<>(Comparator.comparing(entry -> entry.rank));

  /** Who steps aside, by the conversation that they wait for. */
  private final Map<ConversationKey, List<Entry>> aside = new HashMap<>();

  private long nextNumber;

  /**
   * @param ageingMillis how much longer who waits has waited than one of the next greater priority
   *     that comes before it
   * @param clock in milliseconds
   */
  RequestLine(
      WatermarkGate gate,
      Intake intake,
      Deadlines deadlines,
      long ageingMillis,
      LongSupplier clock) {
    this.gate = gate;
    this.intake = intake;
    this.deadlines = deadlines;
    this.ageingMillis = ageingMillis;
    this.clock = clock;
  }

  /** A request of the conversation is in its queue. */
  void arrived(ConversationKey key, long ticket, QueuedRequest queued) {
    CompletionRequest request = queued.request();
    Unfinished one =
        new Unfinished(
            request.requestId(),
            ticket,
            request.schedule().priority(),
            queued.arrivedMillis(),
            gate.arrive(),
            RequestSize.bytes(request));
    Entry entry = entries.computeIfAbsent(key, Entry::new);
    entry.requests.addLast(one);
    entry.ids.merge(one.id(), 1, Integer::sum);
    intake.arrived(one.bytes());
    request.schedule().deadlineMillis().ifPresent(at -> deadlines.add(key, ticket, at));
    if (entry.requests.size() == 1 && !entry.taken) {
      enter(entry, one.since());
    }
  }

  private void enter(Entry entry, long since) {
    entry.rank =
        new Rank(since + entry.requests.getFirst().priority() * ageingMillis, nextNumber++);
    enter(entry);
  }

  private void enter(Entry entry) {
    entry.waits = true;
    waiting.add(entry);
  }

  /** Whether a request of this id waits, or is being answered. */
  boolean knows(ConversationKey key, String requestId) {
    Entry entry = entries.get(key);
    return entry != null && entry.ids.containsKey(requestId);
  }

  /** The tickets of all unfinished requests. */
  List<Long> tickets(ConversationKey key) {
    return entries.containsKey(key)
        ? entries.get(key).requests.stream().map(Unfinished::ticket).toList()
        : List.of();
  }

  /** The tickets of the unfinished requests of an id: mostly one, or none. */
  List<Long> tickets(ConversationKey key, String requestId) {
    return knows(key, requestId)
        ? entries.get(key).requests.stream()
            .filter(one -> one.id().equals(requestId))
            .map(Unfinished::ticket)
            .toList()
        : List.of();
  }

  /** The conversation whose turn it is. */
  Optional<ConversationKey> first() {
    return waiting.isEmpty() ? Optional.empty() : Optional.of(waiting.first().key);
  }

  /** The first one goes live. */
  void take() {
    Entry entry = waiting.removeFirst();
    entry.waits = false;
    entry.taken = true;
  }

  /** The first one waits until {@code other} has moved on. */
  void stepAside(ConversationKey other) {
    Entry entry = waiting.removeFirst();
    entry.waits = false;
    entry.asideFor = Optional.of(other);
    aside.computeIfAbsent(other, key -> new ArrayList<>()).add(entry);
  }

  /** Who waited for this conversation is to look again. */
  void movedOn(ConversationKey key) {
    List<Entry> waiters = aside.remove(key);
    if (waiters != null) {
      for (Entry waiter : waiters) {
        waiter.asideFor = Optional.empty();
        enter(waiter);
      }
    }
  }

  /**
   * A request is answered: most often the conversation's first one, and then it has been taken;
   * else it has ended before its turn.
   */
  void ended(ConversationKey key, long ticket) throws Exception {
    Entry entry = entries.get(key);
    boolean first = entry.requests.getFirst().ticket() == ticket;
    Unfinished done = remove(entry, ticket);
    deadlines.remove(key, ticket);
    if (first && !entry.taken) {
      leave(entry);
      goOn(entry);
    }
    intake.finished(done.bytes());
    gate.finish(done.arrival());
  }

  private static Unfinished remove(Entry entry, long ticket) {
    Unfinished done =
        entry.requests.stream()
            .filter(one -> one.ticket() == ticket)
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("no request with ticket " + ticket));
    entry.requests.remove(done);
    entry.ids.merge(done.id(), -1, (count, less) -> count + less == 0 ? null : count + less);
    return done;
  }

  private void leave(Entry entry) {
    if (entry.waits) {
      waiting.remove(entry);
      entry.waits = false;
    }
    entry.asideFor.ifPresent(
        other -> {
          aside.get(other).remove(entry);
          entry.asideFor = Optional.empty();
        });
  }

  /** The turn of a conversation that was taken is over. */
  void released(ConversationKey key) {
    Entry entry = entries.get(key);
    entry.taken = false;
    goOn(entry);
  }

  /** To the next request, or away. */
  private void goOn(Entry entry) {
    if (entry.requests.isEmpty()) {
      entries.remove(entry.key);
    } else {
      enter(entry, clock.getAsLong());
    }
    movedOn(entry.key);
  }
}
