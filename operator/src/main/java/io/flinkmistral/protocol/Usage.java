package io.flinkmistral.protocol;

/**
 * What an answer took.
 *
 * @param promptTokens tokens before the answer: the conversation so far and the request's own
 * @param cachedTokens those of them whose keys and values came from state
 * @param completionTokens tokens of the answer, the end-of-sequence token included
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens) {
  public int totalTokens() {
    return promptTokens + completionTokens;
  }
}
