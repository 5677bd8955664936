package io.flinkmistral.jobs.bench;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** Many conversations at once, through the job, and the same work by the engine alone. */
final class ThroughputLoad {
  static final int CONVERSATIONS = 32;
  private static final int PROMPT = 128;
  private static final int ANSWER = 64;
  private static final int WARM_UP = 4;

  /** A token that comes ends the wait. Short waits would take the cores that are measured. */
  private static final Duration WAIT = Duration.ofMillis(500);

  private final BenchJob job;
  private final String prompt;
  private int requests;

  /** Tokens of an answered load, and its time. */
  private record Work(int promptTokens, int completionTokens, double seconds) {
    double tokensPerSecond() {
      return (promptTokens + completionTokens) / seconds;
    }
  }

  ThroughputLoad(BenchJob job, PromptText texts) {
    this.job = job;
    this.prompt = texts.ofTokens(PROMPT);
  }

  /**
   * @param engine the same model
   */
  String run(EngineAlone engine) throws Exception {
    answer(WARM_UP);
    Work inJob = answer(CONVERSATIONS);
    int promptTokens = inJob.promptTokens / CONVERSATIONS;
    int answerTokens = Math.ceilDiv(inJob.completionTokens, CONVERSATIONS);
    engine.seconds(WARM_UP, promptTokens, answerTokens);
    double seconds = engine.seconds(CONVERSATIONS, promptTokens, answerTokens);
    Work alone = new Work(promptTokens * CONVERSATIONS, answerTokens * CONVERSATIONS, seconds);
    return String.format(
        Locale.ROOT,
        "\"conversations\": %d, \"prompt_tokens\": %d, \"completion_tokens\": %d,"
            + " \"checkpoints\": %d, \"job_tokens_per_second\": %.2f,"
            + " \"engine_tokens_per_second\": %.2f, \"ratio\": %.3f",
        CONVERSATIONS,
        inJob.promptTokens,
        inJob.completionTokens,
        job.completedCheckpoints(),
        inJob.tokensPerSecond(),
        alone.tokensPerSecond(),
        inJob.tokensPerSecond() / alone.tokensPerSecond());
  }

  /** From the first request sent to the last token streamed; then waits for all completions. */
  private Work answer(int conversations) throws Exception {
    long start = System.nanoTime();
    int first = requests;
    for (int i = 0; i < conversations; i++) {
      String id = "t" + requests++;
      job.send(id, PromptText.request(id, id, prompt, ANSWER, false));
    }
    double seconds = 0;
    int streamed = 0;
    int answered = 0;
    int promptTokens = 0;
    int completionTokens = 0;
    while (answered < requests - first) {
      for (JsonNode token : job.tokens(WAIT)) {
        if (token.has("finish_reason") && ++streamed == requests - first) {
          seconds = (System.nanoTime() - start) / 1e9;
        }
      }
      for (JsonNode answer : job.answers(Duration.ZERO)) {
        if (answer.has("error")) {
          throw new IOException("refused: " + answer);
        }
        answered++;
        promptTokens += answer.get("usage").get("prompt_tokens").intValue();
        completionTokens += answer.get("usage").get("completion_tokens").intValue();
      }
    }
    return new Work(promptTokens, completionTokens, seconds);
  }
}
