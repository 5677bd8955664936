package io.flinkmistral.jobs.cluster;

import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Starts processes again that have ended, as Kubernetes or systemd would. */
final class Supervisor {
  private static final int BETWEEN_LOOKS_MILLIS = 200;
  private static final Duration QUICK = Duration.ofSeconds(5);
  private static final int QUICK_ENDS = 5;

  private final List<ClusterProcess> processes;
  private final Map<ClusterProcess, Long> started = new HashMap<>();
  private final Map<ClusterProcess, Integer> quickEnds = new HashMap<>();
  private volatile boolean stopped;

  Supervisor(List<ClusterProcess> processes, ClusterProcess other) {
    this.processes = new ArrayList<>(processes);
    this.processes.addFirst(other);
    this.processes.forEach(process -> started.put(process, System.nanoTime()));
  }

  List<ClusterProcess> processes() {
    return processes;
  }

  /**
   * Returns when it is stopped.
   *
   * @throws IOException if a process ends again and again by itself, as soon as it was started;
   *     that somebody kills it, however often, is no fault of its own
   */
  void run() throws IOException, InterruptedException {
    while (!stopped) {
      look();
    }
  }

  /** One round of it. */
  void look() throws IOException, InterruptedException {
    for (ClusterProcess process : processes) {
      if (process.awaitEnd(BETWEEN_LOOKS_MILLIS)) {
        restart(process);
      }
    }
  }

  /** Kills all processes, and starts none any more. */
  synchronized void stop() {
    stopped = true;
    processes.forEach(ClusterProcess::kill);
  }

  private synchronized void restart(ClusterProcess process) throws IOException {
    if (stopped) {
      return;
    }
    long now = System.nanoTime();
    boolean quick = now - started.put(process, now) < QUICK.toNanos() && !process.wasKilled();
    int ends = quick ? quickEnds.getOrDefault(process, 0) + 1 : 0;
    quickEnds.put(process, ends);
    if (ends >= QUICK_ENDS) {
      System.err.println(process.log().lastWords());
      throw new IOException(
          "%s has ended %d times as soon as it was started; its log is above"
              .formatted(process.name(), ends));
    }
    long pid = process.pid();
    process.start();
    System.out.printf(
        "cluster: %s (%d) has ended, started again as %d%n", process.name(), pid, process.pid());
  }
}
