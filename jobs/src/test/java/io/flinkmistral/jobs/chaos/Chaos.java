package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Carries out a plan: reads, sends, waits for each blow's moment, strikes, and brings back what was
 * hit. All in one thread, in steps of some milliseconds.
 */
final class Chaos {
  /** Without a new piece or a new answer for so long, the run has failed. */
  private static final Duration STUCK = Duration.ofMinutes(3);

  /** A step takes less than that. */
  private static final int STEP_MILLIS = 40;

  private final ChaosCluster cluster;
  private final ChaosTranscript transcript;
  private final Load load;
  private final Observer observer;
  private final Journal journal;
  private final Outages outages = new Outages();
  private int seen;
  private long seenAt = System.nanoTime();

  Chaos(
      ChaosCluster cluster,
      ChaosTranscript transcript,
      Load load,
      Observer observer,
      Journal journal) {
    this.cluster = cluster;
    this.transcript = transcript;
    this.load = load;
    this.observer = observer;
    this.journal = journal;
  }

  /** Returns when so many requests are answered, and all that was hit is back. */
  void run(List<Disturbance> plan, Random choice, int requests) throws Exception {
    for (Disturbance blow : plan) {
      strike(blow, choice);
    }
    while (transcript.answered() < requests || !outages.isEmpty()) {
      step();
    }
    journal.note("all answered; %d pieces were streamed again", transcript.repeatedPieces());
  }

  private void strike(Disturbance blow, Random choice) throws Exception {
    while (observer.progress() < blow.progress() && blow.moment() != Moment.RECOVERY) {
      step();
    }
    ClusterProcess victim = cluster.process(blow.victim(), choice);
    do {
      step();
    } while (outages.includes(victim) || !observer.has(blow.moment()));
    pass(blow.delayMillis());
    long pid = victim.pid();
    outages.strike(victim, blow);
    journal.note(
        "%s %s (%d) at %s + %d ms, for %d ms; %.1f %% of the pieces, %d of the answers",
        blow.isKill() ? "killed" : "paused",
        victim.name(),
        pid,
        blow.moment(),
        blow.delayMillis(),
        blow.downMillis(),
        100 * observer.progress(),
        transcript.answered());
  }

  /** Lets time go by, in which nothing is waited for. */
  private void pass(int milliseconds) throws Exception {
    long end = System.nanoTime() + Duration.ofMillis(milliseconds).toNanos();
    for (long left; (left = (end - System.nanoTime()) / 1_000_000) > 0; ) {
      if (left > STEP_MILLIS) {
        step();
      } else {
        Thread.sleep(left);
      }
    }
  }

  private void step() throws Exception {
    outages.end();
    load.send(transcript.ended());
    observer.look();
    int now = transcript.pieces() + transcript.answered();
    if (now > seen) {
      seen = now;
      seenAt = System.nanoTime();
    } else if (System.nanoTime() - seenAt > STUCK.toNanos()) {
      throw new AssertionError(
          "nothing has come for %d s: %d pieces and %d answers so far. %s"
              .formatted(
                  STUCK.toSeconds(),
                  transcript.pieces(),
                  transcript.answered(),
                  cluster.lastWords()));
    }
  }
}
