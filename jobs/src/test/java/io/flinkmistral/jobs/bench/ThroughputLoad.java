package io.flinkmistral.jobs.bench;

import io.flinkmistral.jobs.options.ChatJobOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import tools.jackson.databind.JsonNode;

/** Many conversations at once, through the job, and the same work by the engine alone. */
final class ThroughputLoad {
  /** Decoded together, at most. */
  static final int MOST_CONVERSATIONS = 1024;

  private static final int PROMPT = 128;
  private static final int WARM_UP = 4;

  /** A token that comes ends the wait. Short waits would take the cores that are measured. */
  private static final Duration WAIT = Duration.ofMillis(500);

  private final BenchJob job;
  private final String prompt;
  private final int slots;
  private final int conversations;
  private final int answerTokens;
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
  ThroughputLoad(BenchJob job, PromptText texts, int slots, int conversations, int answerTokens) {
    this.job = job;
    this.prompt = texts.ofTokens(PROMPT);
    this.slots = slots;
    this.conversations = conversations;
    this.answerTokens = answerTokens;
  }

  /**
   * @param engine the same model
   * @param rounds how often each is measured, in turns
   */
  String run(EngineAlone engine, int rounds) throws Exception {
    answer(WARM_UP);
    List<Work> inJob = new ArrayList<>();
    List<Work> alone = new ArrayList<>();
    for (int round = 0; round < rounds; round++) {
      Work work = answer(conversations);
      if (round == 0) {
        ofEngine(engine, WARM_UP, work);
      }
      inJob.add(work);
      alone.add(ofEngine(engine, conversations, work));
    }
    double[] ratios =
        IntStream.range(0, rounds)
            .mapToDouble(i -> inJob.get(i).tokensPerSecond() / alone.get(i).tokensPerSecond())
            .sorted()
            .toArray();
    return String.format(
        Locale.ROOT,
        "\"slots\": %d, \"conversations\": %d, \"prompt_tokens\": %d, \"completion_tokens\": %d,"
            + " \"checkpoints\": %d, \"job_tokens_per_second\": %s,"
            + " \"engine_tokens_per_second\": %s, \"ratio\": %.3f",
        slots,
        conversations,
        inJob.getFirst().promptTokens,
        inJob.getFirst().completionTokens,
        job.completedCheckpoints(),
        speeds(inJob),
        speeds(alone),
        ratios[rounds / 2]);
  }

  private static String speeds(List<Work> rounds) {
    return rounds.stream()
        .map(work -> String.format(Locale.ROOT, "%.2f", work.tokensPerSecond()))
        .toList()
        .toString();
  }

  /** As many conversations as that work had, or others, of the same lengths. */
  private Work ofEngine(EngineAlone engine, int sequences, Work work) {
    int promptTokens = work.promptTokens / conversations;
    int answerTokens = Math.ceilDiv(work.completionTokens, conversations);
    double seconds = engine.seconds(sequences, promptTokens, answerTokens);
    return new Work(promptTokens * sequences, answerTokens * sequences, seconds);
  }

  /** From the first request sent to the last token streamed; then waits for all completions. */
  private Work answer(int requests) throws Exception {
    long start = System.nanoTime();
    for (int i = 0; i < requests; i++) {
      String id = nameInSlot(i % slots);
      job.send(id, PromptText.request(id, id, prompt, answerTokens, false));
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
