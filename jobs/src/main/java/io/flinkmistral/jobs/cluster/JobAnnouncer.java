package io.flinkmistral.jobs.cluster;

import io.flinkmistral.jobs.cluster.rest.FlinkRest;
import io.flinkmistral.jobs.cluster.rest.JobReport;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;

/** Says what becomes of the job, as long as the cluster runs. */
final class JobAnnouncer {
  private static final int BETWEEN_LOOKS_MILLIS = 500;
  private static final Duration STILL = Duration.ofSeconds(30);

  private final JobReport report;
  private final PrintStream out;

  JobAnnouncer(JobReport report, PrintStream out) {
    this.report = report;
    this.out = out;
  }

  /**
   * Returns when all of the job runs. A large model may take its time.
   *
   * @param supervisor which is at work meanwhile
   * @throws IOException if it never will
   */
  void awaitRunning(Supervisor supervisor) throws IOException, InterruptedException {
    long saidAt = System.nanoTime();
    while (!isRunning()) {
      announce();
      if (!report.end().isEmpty()) {
        throw new IOException(report.end() + "; see above");
      }
      if (System.nanoTime() - saidAt > STILL.toNanos()) {
        saidAt = System.nanoTime();
        out.println("cluster: the job is not running yet: " + report.lack());
      }
      supervisor.look();
    }
  }

  /** Until this process ends; beside what starts processes again, which must not wait for it. */
  void goOn() {
    Thread.ofPlatform().daemon().name("job").start(this::announceForEver);
  }

  private void announceForEver() {
    try {
      while (report.end().isEmpty()) {
        try {
          announce();
        } catch (IOException e) {
          // The JobManager may just have been killed in the middle of an answer.
        }
        Thread.sleep(BETWEEN_LOOKS_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean isRunning() throws IOException, InterruptedException {
    try {
      return report.isRunning();
    } catch (FlinkRest.NotReadyException starting) {
      return false;
    }
  }

  private void announce() throws IOException, InterruptedException {
    report.news().forEach(news -> out.println("cluster: " + news));
  }
}
