package io.flinkmistral.jobs.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.StringJoiner;
import tools.jackson.databind.JsonNode;

/**
 * Many conversations over very many checkpoints: each gains pages, long ones drop what their window
 * has left behind, some rest and come back, some end and are forgotten after their time to live.
 * What checkpoints uploaded is told each hundred checkpoints, as a share of the bytes of the pages
 * that were filled until then.
 */
final class AmplificationLoad {
  /** Conversations at a time. */
  private static final int CONVERSATIONS = 96;

  /** Tokens of an answer: pages of one turn, and a few for the prompt. */
  private static final int MAX_TOKENS = 64;

  private static final int PAGE_TOKENS = 16;

  /** Most turns of a conversation, so that it stays below the context. */
  private static final int MOST_TURNS = 48;

  /** How much rather those are asked again that were asked lately. */
  private static final double RECENCY = 2.5;

  private static final int CHECKPOINTS_A_POINT = 100;

  private final BenchJob job;
  private final int pageBytes;
  private final double nanosBetween;
  private final Random random = new Random(11);
  private final Conversation[] conversations = new Conversation[CONVERSATIONS];
  private final StringJoiner curve = new StringJoiner(", ", "{", "}");
  private int begun;
  private int sent;
  private int answered;
  private long pages;

  /** One that is under way. */
  private record Conversation(String id, int turnsLeft) {}

  /**
   * @param pageBytes bytes of a page
   * @param rate pages a second
   */
  AmplificationLoad(BenchJob job, int pageBytes, double rate) {
    this.job = job;
    this.pageBytes = pageBytes;
    this.nanosBetween = 1e9 * MAX_TOKENS / PAGE_TOKENS / rate;
    for (int i = 0; i < CONVERSATIONS; i++) {
      conversations[i] = next();
    }
  }

  String run(int checkpoints) throws Exception {
    long start = System.nanoTime();
    double next = start;
    int told = 0;
    while (told < checkpoints) {
      if (System.nanoTime() >= next && sent - answered < CONVERSATIONS / 2) {
        ask();
        next = Math.max(next + nanosBetween, System.nanoTime() - 1e9);
      }
      take(job.answers(Duration.ofMillis(20)));
      int seen = job.checkpoints().size();
      while (told + CHECKPOINTS_A_POINT <= seen) {
        told += CHECKPOINTS_A_POINT;
        tell(told);
      }
    }
    List<BenchJob.Checkpoint> all = job.checkpoints();
    return String.format(
        Locale.ROOT,
        "\"stand_in\": true, \"seconds\": %.0f, \"answers\": %d, \"conversations\": %d, \"pages\":"
            + " %d, \"page_bytes\": %d, \"checkpoints\": %d, \"uploaded_bytes\": %d,"
            + " \"largest_bytes\": %d, \"store_bytes\": %d, \"metadata_bytes\": %d,"
            + " \"ratio_after\": %s, %s",
        (System.nanoTime() - start) / 1e9,
        answered,
        begun,
        pages,
        pages * pageBytes,
        all.size(),
        uploaded(all),
        all.stream().mapToLong(BenchJob.Checkpoint::uploadedBytes).max().orElse(0),
        all.getLast().storeBytes(),
        job.newestMetadataBytes(),
        curve,
        CheckpointsLoad.durations(all));
  }

  private void ask() {
    // The last ones of the array were asked last; a new one takes the place of one that has ended.
    int place = CONVERSATIONS - 1 - (int) (CONVERSATIONS * Math.pow(random.nextDouble(), RECENCY));
    Conversation one = conversations[place];
    System.arraycopy(conversations, place + 1, conversations, place, CONVERSATIONS - 1 - place);
    conversations[CONVERSATIONS - 1] =
        one.turnsLeft == 1 ? next() : new Conversation(one.id, one.turnsLeft - 1);
    job.send(one.id, PromptText.request("r" + sent, one.id, "Hi", MAX_TOKENS, false));
    sent++;
  }

  private Conversation next() {
    return new Conversation("c" + begun++, 1 + random.nextInt(MOST_TURNS));
  }

  private void take(List<JsonNode> answers) throws IOException {
    for (JsonNode answer : answers) {
      if (answer.has("error")) {
        throw new IOException("refused: " + answer);
      }
      pages += PagesLoad.filled(answer);
      answered++;
    }
  }

  private void tell(int checkpoints) throws Exception {
    double ratio = (double) uploaded(job.checkpoints()) / (pages * (double) pageBytes);
    curve.add(String.format(Locale.ROOT, "\"%d\": %.3f", checkpoints, ratio));
    System.err.printf(
        Locale.ROOT,
        "%d checkpoints: %.3f, %d pages, store %d, metadata %d%n",
        checkpoints,
        ratio,
        pages,
        job.checkpoints().getLast().storeBytes(),
        job.newestMetadataBytes());
  }

  private static long uploaded(List<BenchJob.Checkpoint> checkpoints) {
    return checkpoints.stream().mapToLong(BenchJob.Checkpoint::uploadedBytes).sum();
  }
}
