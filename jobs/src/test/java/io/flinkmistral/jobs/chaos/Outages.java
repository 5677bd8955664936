package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** The processes that were hit and have not come back yet. */
final class Outages {
  private static final long NANOS_PER_MILLI = 1_000_000;

  /**
   * How a process comes back.
   *
   * @param paused whether it is still there
   * @param at when, as of {@link System#nanoTime}
   */
  private record Return(boolean paused, long at) {}

  private final Map<ClusterProcess, Return> returns = new LinkedHashMap<>();

  void strike(ClusterProcess victim, Disturbance blow) throws IOException, InterruptedException {
    if (blow.isKill()) {
      victim.kill();
    } else {
      victim.pause();
    }
    long at = System.nanoTime() + blow.downMillis() * NANOS_PER_MILLI;
    returns.put(victim, new Return(!blow.isKill(), at));
  }

  boolean includes(ClusterProcess process) {
    return returns.containsKey(process);
  }

  boolean isEmpty() {
    return returns.isEmpty();
  }

  /** Brings back those whose time has come. */
  void end() throws IOException, InterruptedException {
    Iterator<Map.Entry<ClusterProcess, Return>> all = returns.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<ClusterProcess, Return> next = all.next();
      if (next.getValue().at() <= System.nanoTime()) {
        bringBack(next.getKey(), next.getValue());
        all.remove();
      }
    }
  }

  private static void bringBack(ClusterProcess process, Return how)
      throws IOException, InterruptedException {
    // What was paused may have ended by itself, as soon as it saw how long it had been away.
    if (how.paused() && process.isAlive()) {
      process.resume();
    } else {
      process.start();
    }
  }
}
