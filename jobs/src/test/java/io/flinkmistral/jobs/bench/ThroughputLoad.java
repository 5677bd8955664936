package io.flinkmistral.jobs.bench;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import tools.jackson.databind.JsonNode;

/** Many conversations at once, through the job, and the same work by the engine alone. */
final class ThroughputLoad {
  /** Decoded together, at most. */
  static final int MOST_CONVERSATIONS = 1024;

  private static final int PROMPT = 128;
  private static final int ANSWER = 64;
  private static final int WARM_UP = 4;

  /** A token that comes ends the wait. Short waits would take the cores that are measured. */
  private static final Duration WAIT = Duration.ofMillis(500);

  private final BenchJob job;
  private final String prompt;
  private final int slots;
  private final int conversations;
  private int names;

  /** Tokens of an answered load, and its time. */
  private record Work(int promptTokens, int completionTokens, double seconds) {
    double tokensPerSecond() {
      return (promptTokens + completionTokens) / seconds;
    }
  }

  /**
   * @param slots that the conversations are spread over, as many in each
   */
  ThroughputLoad(BenchJob job, PromptText texts, int slots, int conversations) {
    this.job = job;
    this.prompt = texts.ofTokens(PROMPT);
    this.slots = slots;
    this.conversations = conversations;
  }

  /**
   * @param engine the same model
   */
  String run(EngineAlone engine) throws Exception {
    answer(WARM_UP);
    Work inJob = answer(conversations);
    int promptTokens = inJob.promptTokens / conversations;
    int answerTokens = Math.ceilDiv(inJob.completionTokens, conversations);
    engine.seconds(WARM_UP, promptTokens, answerTokens);
    double seconds = engine.seconds(conversations, promptTokens, answerTokens);
    Work alone = new Work(promptTokens * conversations, answerTokens * conversations, seconds);
    return String.format(
        Locale.ROOT,
        "\"slots\": %d, \"conversations\": %d, \"prompt_tokens\": %d, \"completion_tokens\": %d,"
            + " \"checkpoints\": %d, \"job_tokens_per_second\": %.2f,"
            + " \"engine_tokens_per_second\": %.2f, \"ratio\": %.3f",
        slots,
        conversations,
        inJob.promptTokens,
        inJob.completionTokens,
        job.completedCheckpoints(),
        inJob.tokensPerSecond(),
        alone.tokensPerSecond(),
        inJob.tokensPerSecond() / alone.tokensPerSecond());
  }

  /** From the first request sent to the last token streamed; then waits for all completions. */
  private Work answer(int requests) throws Exception {
    long start = System.nanoTime();
    for (int i = 0; i < requests; i++) {
      String id = nameInSlot(i % slots);
      job.send(id, PromptText.request(id, id, prompt, ANSWER, false));
    }
    double seconds = 0;
    int streamed = 0;
    int answered = 0;
    int promptTokens = 0;
    int completionTokens = 0;
    while (answered < requests) {
      for (JsonNode token : job.tokens(WAIT)) {
        if (token.has("finish_reason") && ++streamed == requests) {
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

  /** A new conversation's name that Flink gives to a slot. */
  private String nameInSlot(int slot) {
    String name;
    do {
      name = "t" + names++;
    } while (slot
        != KeyGroupRangeAssignment.assignKeyToParallelOperator(
            name, ChatJobOptions.MAX_PARALLELISM.defaultValue(), slots));
    return name;
  }
}
