package io.flinkmistral.jobs.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Conversations that fill pages at a fixed rate, and what checkpoints upload of them. */
final class PagesLoad {
  private static final int CONVERSATIONS = 64;
  private static final int MAX_TOKENS = 64;
  private static final int PAGE_TOKENS = 16;
  private static final int PAGE_BYTES = 2 << 20;
  private static final int RESET_AFTER_TURNS = 40;
  private static final long ALLOWED_BYTES_A_CHECKPOINT = 10L << 20;
  private static final double ALLOWED_RATIO = 1.5;

  private final BenchJob job;
  private final double nanosBetween;
  private long pages;
  private int sent;
  private int answered;

  /**
   * @param rate pages a second
   */
  PagesLoad(BenchJob job, double rate) {
    this.job = job;
    this.nanosBetween = 1e9 * MAX_TOKENS / PAGE_TOKENS / rate;
  }

  String run(long nanos) throws Exception {
    long start = System.nanoTime();
    long next = start;
    while (System.nanoTime() - start < nanos) {
      if (System.nanoTime() >= next && sent - answered < CONVERSATIONS) {
        send();
        next += (long) nanosBetween;
      }
      take(job.answers(Duration.ofMillis(50)));
      job.checkpoints();
    }
    while (answered < sent) {
      take(job.answers(Duration.ofMillis(200)));
    }
    // What the last answers filled is in the checkpoint after the one that made them visible.
    int seen = job.checkpoints().size();
    while (job.checkpoints().size() < seen + 1) {
      job.answers(Duration.ofMillis(200));
    }
    return figures((System.nanoTime() - start) / 1e9, job.checkpoints());
  }

  private void send() {
    String conversation = "c" + sent % CONVERSATIONS;
    int turn = sent / CONVERSATIONS;
    job.send(
        conversation,
        PromptText.request(
            "r" + sent, conversation, "Hi", MAX_TOKENS, turn > 0 && turn % RESET_AFTER_TURNS == 0));
    sent++;
  }

  private void take(List<JsonNode> answers) throws IOException {
    for (JsonNode answer : answers) {
      if (answer.has("error")) {
        throw new IOException("refused: " + answer);
      }
      pages += filled(answer);
      answered++;
    }
  }

  /** Pages that a turn filled. */
  static int filled(JsonNode answer) {
    JsonNode usage = answer.get("usage");
    int cached = usage.at("/prompt_tokens_details/cached_tokens").intValue();
    return (usage.get("total_tokens").intValue() - 1 - cached) / PAGE_TOKENS;
  }

  private String figures(double seconds, List<BenchJob.Checkpoint> checkpoints) {
    long uploaded = checkpoints.stream().mapToLong(BenchJob.Checkpoint::uploadedBytes).sum();
    long most = checkpoints.stream().mapToLong(BenchJob.Checkpoint::uploadedBytes).max().orElse(0);
    long filled = pages * PAGE_BYTES;
    double allowed = ALLOWED_RATIO * filled + ALLOWED_BYTES_A_CHECKPOINT * checkpoints.size();
    return String.format(
        Locale.ROOT,
        "\"stand_in\": true, \"seconds\": %.0f, \"answers\": %d, \"pages\": %d, \"page_bytes\": %d,"
            + " \"checkpoints\": %d, \"uploaded_bytes\": %d, \"largest_bytes\": %d, \"ratio\":"
            + " %.2f, \"of_allowed\": %.2f, %s",
        seconds,
        answered,
        pages,
        filled,
        checkpoints.size(),
        uploaded,
        most,
        (double) uploaded / filled,
        uploaded / allowed,
        CheckpointsLoad.durations(checkpoints));
  }
}
