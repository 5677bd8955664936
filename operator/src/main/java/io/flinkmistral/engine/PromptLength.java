package io.flinkmistral.engine;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;

/**
 * How long a request may be.
 *
 * @param mostPromptTokens tokens that it may have
 * @param contextLimit positions of the conversation that it belongs to, with at least one of the
 *     answer
 */
public record PromptLength(int mostPromptTokens, int contextLimit) {
  /**
   * Refuses a request that is too long without encoding it, which would take as long as to answer
   * it.
   *
   * @param before tokens of the conversation before it
   * @param fewest tokens that it has at the least
   * @throws InvalidRequestException if it is certainly too long
   */
  public void checkAtLeast(int before, int fewest) {
    check(before, fewest, "at least ");
  }

  /**
   * Refuses a request that is too long.
   *
   * @param before tokens of the conversation before it
   * @param tokens that it has
   * @throws InvalidRequestException if it is too long
   */
  public void check(int before, int tokens) {
    check(before, tokens, "");
  }

  private void check(int before, int tokens, String about) {
    if (tokens > mostPromptTokens) {
      throw new InvalidRequestException(
          "messages",
          ErrorCode.REQUEST_TOO_LARGE,
          "the request has %s%d tokens, but at most %d are allowed"
              .formatted(about, tokens, mostPromptTokens));
    }
    if ((long) before + tokens >= contextLimit) {
      throw new InvalidRequestException(
          "messages",
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "the conversation has %d tokens and the request %s%d, but the context holds %d with at least one of the answer"
              .formatted(before, about, tokens, contextLimit));
    }
  }
}
