package io.flinkmistral.protocol;

/**
 * What an answer took.
 *
 * @param promptTokens tokens before the answer: the conversation so far and the request's own
 * @param cachedTokens those of them whose keys and values came from state
 * @param completionTokens tokens of the answer, the end-of-sequence token included
 * @param droppedTurns the oldest turns of the conversation that made way for it
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens, int droppedTurns) {
  /** Of an answer that nothing had to make way for. */
  public Usage(int promptTokens, int cachedTokens, int completionTokens) {
    this(promptTokens, cachedTokens, completionTokens, 0);
  }

  /** Of this answer and another one to the same request, whose prompt is taken in once. */
  public Usage with(Usage other) {
    return new Usage(
        promptTokens,
        cachedTokens,
        Math.addExact(completionTokens, other.completionTokens),
        droppedTurns);
  }

  public int totalTokens() {
    return promptTokens + completionTokens;
  }

  public Usage withDroppedTurns(int dropped) {
    return new Usage(promptTokens, cachedTokens, completionTokens, dropped);
  }
}
