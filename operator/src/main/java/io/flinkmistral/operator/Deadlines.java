package io.flinkmistral.operator;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ScheduledFuture;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * When requests are to end at the latest, and the one timer that looks after the next of them.
 * Nothing of it is in state: the requests are.
 */
final class Deadlines {
  /** Ends a request whose time is over; it is no longer among these then. */
  interface Action {
    void end(ConversationKey key, long ticket) throws Exception;
  }

  private record Ticket(ConversationKey key, long number) {}

  private record Deadline(long millis, Ticket ticket) implements Comparable<Deadline> {
    @Override
    public int compareTo(Deadline other) {
      int byTime = Long.compare(millis, other.millis);
      int byKey = byTime != 0 ? byTime : ticket.key().compareTo(other.ticket.key());
      return byKey != 0 ? byKey : Long.compare(ticket.number(), other.ticket.number());
    }
  }

  private final ProcessingTimeService time;
  private final Action action;
  private final ThrowingRunnable<Exception> whenEnded;
  private final Map<Ticket, Deadline> byTicket = new HashMap<>();
  private final TreeSet<Deadline> inOrder = new TreeSet<>();

  /** Absent before the first one. */
  private ScheduledFuture<?> timer;

  private long timerMillis = Long.MAX_VALUE;

  /**
   * @param whenEnded is run when a timer has come, since others may have a place now
   */
  Deadlines(ProcessingTimeService time, Action action, ThrowingRunnable<Exception> whenEnded) {
    this.time = time;
    this.action = action;
    this.whenEnded = whenEnded;
  }

  void add(ConversationKey key, long ticket, long millis) {
    Deadline deadline = new Deadline(millis, new Ticket(key, ticket));
    byTicket.put(deadline.ticket(), deadline);
    inOrder.add(deadline);
    setTimer();
  }

  /** The request is answered, if it had a deadline or not. */
  void remove(ConversationKey key, long ticket) {
    Deadline deadline = byTicket.remove(new Ticket(key, ticket));
    if (deadline != null) {
      inOrder.remove(deadline);
      setTimer();
    }
  }

  /** Ends all whose time is over. */
  void endOverdue() throws Exception {
    while (!inOrder.isEmpty() && inOrder.first().millis() <= time.getCurrentProcessingTime()) {
      Ticket ticket = inOrder.removeFirst().ticket();
      byTicket.remove(ticket);
      action.end(ticket.key(), ticket.number());
    }
    setTimer();
  }

  private void setTimer() {
    long next = inOrder.isEmpty() ? Long.MAX_VALUE : inOrder.first().millis();
    if (next == timerMillis) {
      return;
    }
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
    timerMillis = next;
    if (next != Long.MAX_VALUE) {
      timer =
          time.registerTimer(
              next,
              _ -> {
                timer = null;
                timerMillis = Long.MAX_VALUE;
                endOverdue();
                whenEnded.run();
              });
    }
  }
}
