package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.AnswerSoFar;
import io.flinkmistral.generation.Completion;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.TokenLogprobs;
import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.operator.metrics.RequestTimes;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Timings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;

/**
 * A conversation whose request is being answered, on the task's thread: what of its answer has been
 * taken in. The engine may be ahead of that.
 */
final class LiveConversation {
  private final TurnPlan plan;
  private final int promptTokens;
  private final Generation generation;
  private final long beganMillis = System.currentTimeMillis();
  private final long beganNanos = System.nanoTime();
  private long firstTokenNanos;
  private long lastTokenNanos;

  /** Of the answer, taken in and not written to state yet. */
  private final List<Integer> unsaved = new ArrayList<>();

  /** Of the same tokens, where that is asked for. */
  private final List<TokenLogprobs> unsavedLogprobs = new ArrayList<>();

  private LiveConversation(TurnPlan plan, int promptTokens, Generation generation) {
    this.plan = plan;
    this.promptTokens = promptTokens;
    this.generation = generation;
  }

  /**
   * The conversation goes live.
   *
   * @param cache holds what there is in state of its ended turns and of this one
   */
  static LiveConversation start(TurnPlan plan, KvCache cache, LanguageModel model)
      throws Exception {
    TurnInFlight turn = plan.turn();
    int[] history = plan.conversation().history();
    int[] prompt = Arrays.copyOf(history, history.length + turn.prompt().length);
    System.arraycopy(turn.prompt(), 0, prompt, history.length, turn.prompt().length);
    return new LiveConversation(
        plan,
        prompt.length,
        model.generate(
            plan.queued().request(),
            prompt,
            new AnswerSoFar(turn.generated(), logprobs(plan)),
            turn.cachedTokens(),
            cache,
            plan.limits()));
  }

  private static List<TokenLogprobs> logprobs(TurnPlan plan) throws Exception {
    return plan.queued().request().options().topLogprobs().isPresent()
        ? plan.conversation().answerLogprobs()
        : List.of();
  }

  Conversation conversation() {
    return plan.conversation();
  }

  CompletionRequest request() {
    return plan.queued().request();
  }

  OptionalLong timestamp() {
    return plan.queued().timestamp();
  }

  Generation generation() {
    return generation;
  }

  /** Tokens of the conversation before the answer. */
  int promptTokens() {
    return promptTokens;
  }

  /** Those of them whose keys and values were in state. */
  int cachedTokens() {
    return plan.turn().cachedTokens();
  }

  /** Turns that made way for this one. */
  int droppedTurns() {
    return plan.turn().droppedTurns();
  }

  /** Takes in what a pass gave: pages go to state now, and tokens with the next checkpoint. */
  void takeIn(Progress.Advanced advanced, MistralMetrics metrics) throws Exception {
    metrics.advanced(advanced);
    conversation().appendPages(advanced.filled(), advanced.firstPage());
    for (Drawn drawn : advanced.drawn()) {
      unsaved.add(drawn.token());
      drawn.logprobs().ifPresent(unsavedLogprobs::add);
    }
    if (!advanced.drawn().isEmpty()) {
      long now = advanced.pass().nanos();
      if (firstTokenNanos == 0) {
        firstTokenNanos = now;
      } else {
        metrics.tokenCame(Duration.ofNanos(now - lastTokenNanos));
      }
      lastTokenNanos = now;
    }
  }

  /** Writes to state what of the answer is not there yet. */
  void save() throws Exception {
    conversation()
        .appendAnswer(unsaved.stream().mapToInt(Integer::intValue).toArray(), unsavedLogprobs);
    unsaved.clear();
    unsavedLogprobs.clear();
  }

  /** The answer is whole, and part of the history. */
  void end(Completion completion, String tokenizer) throws Exception {
    conversation()
        .appendTurn(
            plan.turn().prompt(), completion.historyTokens(), tokenizer, TurnKind.of(request()));
  }

  /** How long the answer took so far. */
  RequestTimes times() {
    long firstToken = firstTokenNanos == 0 ? System.nanoTime() : firstTokenNanos;
    long lastToken = firstTokenNanos == 0 ? firstToken : lastTokenNanos;
    return new RequestTimes(
        Duration.ofMillis(Math.max(0, beganMillis - plan.queued().arrivedMillis())),
        Duration.ofNanos(firstToken - beganNanos),
        Duration.ofNanos(lastToken - firstToken));
  }

  /** The same, as its answer says it. */
  Timings timings() {
    RequestTimes times = times();
    return new Timings(
        System.currentTimeMillis(),
        times.queue().toMillis(),
        times.prefill().toMillis(),
        times.decode().toMillis(),
        generation.sharedTokens());
  }
}
