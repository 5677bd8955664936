package io.flinkmistral.jobs.bench;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** A conversation that fills the window, is evicted, and comes back. */
final class ReturnLoad {
  private static final int PAGE_TOKENS = 16;
  private static final int RETURNS = 3;
  private static final int ANSWER = 2;

  /** Room for the turns that come back, and for the answers. */
  private static final int SPARE = 160;

  private final BenchJob job;
  private final PromptText texts;
  private final int tokens;
  private int requests;

  ReturnLoad(BenchJob job, PromptText texts, int tokens) {
    this.job = job;
    this.texts = texts;
    this.tokens = tokens;
  }

  /** Memory for one conversation of all tokens, so that another one evicts it. */
  static long kvBytes(Path model, int tokens) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      KvLayout layout =
          KvLayout.of(
              ModelReader.open(model, arena, LoadListener.NONE).config(), PAGE_TOKENS, KvType.F16);
      return (long) Math.ceilDiv(tokens, PAGE_TOKENS) * layout.pageBytes();
    }
  }

  String run() throws Exception {
    double first = secondsToFirstToken("big", texts.ofTokens(tokens - SPARE), ANSWER);
    double back = 0;
    for (int i = 0; i < RETURNS; i++) {
      // It reserves more than the big one leaves.
      secondsToFirstToken("small" + i, texts.ofTokens(PAGE_TOKENS), SPARE + PAGE_TOKENS);
      back += secondsToFirstToken("big", "dog", ANSWER) / RETURNS;
    }
    return String.format(
        Locale.ROOT,
        "\"tokens\": %d, \"first_time_s\": %.3f, \"back_s\": %.3f, \"times_shorter\": %.1f",
        tokens,
        first,
        back,
        first / back);
  }

  /** Waits for the end of the answer, too. */
  private double secondsToFirstToken(String conversation, String text, int maxTokens)
      throws Exception {
    String id = "r" + requests++;
    long start = System.nanoTime();
    job.send(conversation, PromptText.request(id, conversation, text, maxTokens, false));
    double seconds = 0;
    while (true) {
      for (JsonNode token : job.tokens(Duration.ofMillis(5))) {
        seconds = seconds == 0 ? (System.nanoTime() - start) / 1e9 : seconds;
        if (token.has("finish_reason")) {
          return seconds;
        }
      }
      for (JsonNode answer : job.answers(Duration.ZERO)) {
        if (answer.has("error")) {
          throw new IOException("refused: " + answer);
        }
      }
    }
  }
}
