package io.flinkmistral.jobs.cluster.rest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What there is to tell of the submitted job: each of its failures once, that it has ended, and
 * what it lacks while it does not run. While the JobManager does not answer there is nothing.
 */
public final class JobReport {
  private final FlinkRest flink;
  private final String job;
  private long toldUpTo;
  private String end = "";

  public JobReport(FlinkRest flink, String job) {
    this.flink = flink;
    this.job = job;
  }

  public boolean isRunning() throws IOException, InterruptedException {
    return flink.isRunning(job);
  }

  /** What is new since the last call. */
  public List<String> news() throws IOException, InterruptedException {
    List<String> news = new ArrayList<>();
    try {
      if (end.isEmpty()) {
        add(news);
      }
    } catch (FlinkRest.NotReadyException starting) {
      // It is told when the JobManager is back.
    }
    return news;
  }

  /** How the job has ended, as far as has been told; empty while it goes on. */
  public String end() {
    return end;
  }

  private void add(List<String> news) throws IOException, InterruptedException {
    Optional<FlinkRest.Failure> failure =
        flink.lastFailure(job).filter(f -> f.timestamp() > toldUpTo);
    String state = flink.jobState(job);
    end =
        switch (state) {
          case "FAILED" -> "the job has failed for good";
          case "CANCELED" -> "the job was canceled";
          case "FINISHED" -> "the job was stopped";
          default -> "";
        };
    failure.ifPresent(f -> toldUpTo = f.timestamp());
    Optional<String> reason = failure.map(f -> PrintedFailure.ofStackTrace(f.stackTrace()));
    if (!end.isEmpty()) {
      news.add(end + reason.map(r -> ": " + r).orElse(""));
      news.add(
          "it is not started again by itself: Ctrl-C ends the cluster, and then start it anew");
    } else {
      reason.ifPresent(r -> news.add("the job has failed and is started again: " + r));
    }
  }

  /** What a job lacks that does not run. */
  public String lack() throws IOException, InterruptedException {
    try {
      int needed = flink.slotsNeeded(job);
      int there = flink.slots();
      return there < needed
          ? "it needs %d slots, and the cluster has %d".formatted(needed, there)
          : "its state is " + flink.jobState(job);
    } catch (FlinkRest.NotReadyException e) {
      return "the JobManager does not answer: " + e.getMessage();
    }
  }
}
