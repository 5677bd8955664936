package io.flinkmistral.mailbox;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * Holds watermarks, and changes between idle and active, behind the requests that came in before
 * them, until these are answered.
 */
public final class WatermarkGate {
  private record Held(long behind, ThrowingRunnable<Exception> emission) {}

  private final TreeSet<Long> unfinished = new TreeSet<>();
  private final Deque<Held> held = new ArrayDeque<>();
  private long nextArrival;

  /** A request came in; the number to finish it by. */
  public long arrive() {
    unfinished.add(nextArrival);
    return nextArrival++;
  }

  /** A request is answered: what was held behind it, and behind no other, is emitted. */
  public void finish(long arrival) throws Exception {
    unfinished.remove(arrival);
    while (!held.isEmpty() && isOpenFor(held.peekFirst().behind())) {
      held.removeFirst().emission().run();
    }
  }

  /** Emits now, or when all requests that have come in so far are answered. */
  public void pass(ThrowingRunnable<Exception> emission) throws Exception {
    if (held.isEmpty() && unfinished.isEmpty()) {
      emission.run();
    } else {
      held.addLast(new Held(nextArrival, emission));
    }
  }

  public int unfinished() {
    return unfinished.size();
  }

  private boolean isOpenFor(long behind) {
    return unfinished.isEmpty() || unfinished.first() >= behind;
  }
}
