package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.protocol.Timings;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A conversation whose request is being answered, on the task's thread. */
final class LiveConversation {
  private final ConversationKey key;
  private final long arrivedMillis;
  private final OptionalLong timestamp;
  private final int[] prompt;
  private final Generation generation;
  private int savedTokens;
  private final long beganMillis = System.currentTimeMillis();
  private final long beganNanos = System.nanoTime();
  private long firstTokenNanos;

  private LiveConversation(TurnPlan plan, Generation generation) {
    this.key = plan.key();
    this.arrivedMillis = plan.queued().arrivedMillis();
    this.timestamp = plan.queued().timestamp();
    this.prompt = plan.turn().prompt();
    this.generation = generation;
    this.savedTokens = generation.completionTokens();
  }

  /**
   * The conversation goes live.
   *
   * @param history tokens of its ended turns
   * @param cache holds what there is in state of these and of the turn
   */
  static LiveConversation start(TurnPlan plan, int[] history, KvCache cache, LanguageModel model) {
    TurnInFlight turn = plan.turn();
    int[] prompt = Arrays.copyOf(history, history.length + turn.prompt().length);
    System.arraycopy(turn.prompt(), 0, prompt, history.length, turn.prompt().length);
    return new LiveConversation(
        plan,
        model.generate(
            plan.queued().request(),
            prompt,
            turn.generated(),
            turn.cachedTokens(),
            cache,
            plan.limits()));
  }

  ConversationKey key() {
    return key;
  }

  OptionalLong timestamp() {
    return timestamp;
  }

  Generation generation() {
    return generation;
  }

  /** Tokens of the prompt that the request appends to the conversation. */
  int[] prompt() {
    return prompt;
  }

  /** Tokens of the answer that came since the last call. */
  int[] takeUnsaved() {
    int from = savedTokens;
    savedTokens = generation.completionTokens();
    return generation.generatedTokens(from);
  }

  void tokenDrawn() {
    if (firstTokenNanos == 0) {
      firstTokenNanos = System.nanoTime();
    }
  }

  Timings timings() {
    long now = System.nanoTime();
    return new Timings(
        System.currentTimeMillis(),
        Math.max(0, beganMillis - arrivedMillis),
        TimeUnit.NANOSECONDS.toMillis(firstTokenNanos - beganNanos),
        TimeUnit.NANOSECONDS.toMillis(now - firstTokenNanos));
  }
}
