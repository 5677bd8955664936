package io.flinkmistral.jobs.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Sixteen conversations that are answered without a pause, beside one with very long prompts. */
final class CheckpointsLoad {
  private static final int DECODING = 16;

  /** Conversations under way: those that decode, and one that takes in long prompts. */
  static final int CONVERSATIONS = DECODING + 1;

  private static final int MAX_TOKENS = 400;
  private static final int ANSWER_TO_LONG_PROMPT = 2;
  private static final String LONG = "long";

  private final BenchJob job;
  private final String longPrompt;
  private final int tokens;
  private final Map<String, Integer> turns = new HashMap<>();
  private int answered;
  private int longPrompts;

  CheckpointsLoad(BenchJob job, PromptText texts, int tokens) {
    this.job = job;
    this.tokens = tokens;
    this.longPrompt = texts.ofTokens(tokens - 2 * ANSWER_TO_LONG_PROMPT);
  }

  String run(long nanos) throws Exception {
    long start = System.nanoTime();
    for (int i = 0; i < DECODING; i++) {
      send("c" + i);
    }
    send(LONG);
    while (System.nanoTime() - start < nanos) {
      for (JsonNode token : job.tokens(Duration.ofMillis(50))) {
        if (token.has("finish_reason")) {
          answered(token);
        }
      }
      for (JsonNode answer : job.answers(Duration.ZERO)) {
        if (answer.has("error")) {
          throw new IOException("refused: " + answer);
        }
      }
      job.checkpoints();
    }
    return String.format(
        Locale.ROOT,
        "\"seconds\": %.0f, \"answers\": %d, \"long_prompts\": %d, \"long_prompt_tokens\": %d,"
            + " \"checkpoints\": %d, %s",
        (System.nanoTime() - start) / 1e9,
        answered,
        longPrompts,
        tokens,
        job.checkpoints().size(),
        durations(job.checkpoints()));
  }

  private void answered(JsonNode last) {
    String conversation = last.get("conversation_id").stringValue();
    answered++;
    longPrompts += conversation.equals(LONG) ? 1 : 0;
    send(conversation);
  }

  private void send(String conversation) {
    int turn = turns.merge(conversation, 1, Integer::sum);
    boolean isLong = conversation.equals(LONG);
    job.send(
        conversation,
        PromptText.request(
            conversation + "/" + turn,
            conversation,
            isLong ? longPrompt : "Hi",
            isLong ? ANSWER_TO_LONG_PROMPT : MAX_TOKENS,
            true));
  }

  /** The median, the 99th of a hundred, and the longest. */
  static String durations(List<BenchJob.Checkpoint> checkpoints) {
    long[] millis = checkpoints.stream().mapToLong(BenchJob.Checkpoint::millis).sorted().toArray();
    return String.format(
        Locale.ROOT,
        "\"checkpoint_ms\": {\"p50\": %d, \"p99\": %d, \"max\": %d}",
        quantile(millis, 0.5),
        quantile(millis, 0.99),
        quantile(millis, 1));
  }

  private static long quantile(long[] sorted, double part) {
    return sorted.length == 0 ? 0 : sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
  }
}
