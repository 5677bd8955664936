package io.flinkmistral.jobs.gateway.stress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** What clients have seen, of all streams together. */
final class Ledger {
  private static final int MOST_FAULTS = 50;

  private final List<Told> told = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final Set<Integer> live = new TreeSet<>();
  private long pieces;
  private int broken;
  private int sentAway;

  synchronized void begins(int number) {
    live.add(number);
  }

  synchronized void ends(int number) {
    live.remove(number);
    notifyAll();
  }

  synchronized void piece() {
    pieces++;
    notifyAll();
  }

  synchronized void told(Told one) {
    told.add(one);
  }

  /** A connection did. */
  synchronized void broke() {
    broken++;
  }

  /** Waits for as long as the gateway wants. */
  synchronized void sentAway(long seconds) throws InterruptedException {
    sentAway++;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
  }

  /** What no client should see. */
  synchronized void fault(int number, String what) {
    if (faults.size() < MOST_FAULTS) {
      faults.add("stream %d: %s".formatted(number, what));
    }
  }

  /** Waits until so many pieces more have come; whether they have. */
  synchronized boolean awaitPieces(long more, Duration atMost) throws InterruptedException {
    long wanted = pieces + more;
    long end = System.nanoTime() + atMost.toNanos();
    for (long left = end - System.nanoTime(); pieces < wanted && left > 0; ) {
      TimeUnit.NANOSECONDS.timedWait(this, left);
      left = end - System.nanoTime();
    }
    return pieces >= wanted;
  }

  /** Those under way. */
  synchronized Set<Integer> live() {
    return new TreeSet<>(live);
  }

  synchronized List<Told> told() {
    return List.copyOf(told);
  }

  synchronized List<String> faults() {
    return List.copyOf(faults);
  }

  synchronized long pieces() {
    return pieces;
  }

  synchronized int broken() {
    return broken;
  }

  synchronized int sentAway() {
    return sentAway;
  }
}
