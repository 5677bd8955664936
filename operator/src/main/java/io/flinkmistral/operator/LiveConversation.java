package io.flinkmistral.operator;

import io.flinkmistral.generation.Generation;
import io.flinkmistral.protocol.Timings;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** A conversation whose request is being answered, on the task's thread. */
final class LiveConversation {
  private final String key;
  private final long arrivedMillis;
  private final OptionalLong timestamp;
  private final int[] prompt;
  private final int cachedTokens;
  private final Generation generation;
  private final long beganMillis = System.currentTimeMillis();
  private final long beganNanos = System.nanoTime();
  private long firstTokenNanos;

  /**
   * @param prompt tokens that the request appends to the conversation
   */
  LiveConversation(
      String key, QueuedRequest queued, int[] prompt, int cachedTokens, Generation generation) {
    this.key = key;
    this.arrivedMillis = queued.arrivedMillis();
    this.timestamp = queued.timestamp();
    this.prompt = prompt;
    this.cachedTokens = cachedTokens;
    this.generation = generation;
  }

  String key() {
    return key;
  }

  OptionalLong timestamp() {
    return timestamp;
  }

  Generation generation() {
    return generation;
  }

  int[] prompt() {
    return prompt;
  }

  /** What a checkpoint keeps of the turn. */
  TurnInFlight snapshot() {
    return new TurnInFlight(prompt, generation.generatedTokens(), cachedTokens);
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
