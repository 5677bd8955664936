package io.flinkmistral.protocol;

import java.util.List;
import java.util.OptionalInt;

/**
 * Where an answer ends, and where it does not.
 *
 * @param maxTokens the most tokens of the answer; absent: the operator's default
 * @param minTokens before so many, neither a token nor a text ends it
 * @param texts end the answer and are not part of it
 * @param tokenIds tokens that end the answer, beside the model's own, and are not part of its text
 * @param ignoreEos whether the tokens with which the model ends its answers are never drawn
 */
public record StopConditions(
    OptionalInt maxTokens,
    int minTokens,
    List<String> texts,
    List<Integer> tokenIds,
    boolean ignoreEos) {

  /** The model ends its answer. */
  public static final StopConditions DEFAULT =
      new StopConditions(OptionalInt.empty(), 0, List.of(), List.of(), false);

  public StopConditions {
    texts = List.copyOf(texts);
    tokenIds = List.copyOf(tokenIds);
    if (maxTokens.isPresent() && maxTokens.getAsInt() < 1) {
      throw new InvalidRequestException(
          "max_tokens", "max_tokens must be 1 or more, but is " + maxTokens.getAsInt());
    }
    if (minTokens < 0) {
      throw new InvalidRequestException(
          "min_tokens", "min_tokens must be 0 or more, but is " + minTokens);
    }
    if (maxTokens.isPresent() && minTokens > maxTokens.getAsInt()) {
      throw new InvalidRequestException(
          "min_tokens",
          "min_tokens must be at most max_tokens, which is %d, but is %d"
              .formatted(maxTokens.getAsInt(), minTokens));
    }
    if (texts.stream().anyMatch(String::isEmpty)) {
      throw new InvalidRequestException("stop", "stop must not hold an empty text");
    }
    for (int id : tokenIds) {
      if (id < 0) {
        throw new InvalidRequestException(
            "stop_token_ids", "stop_token_ids must be 0 or more, but one is " + id);
      }
    }
  }

  public StopConditions withMaxTokens(int most) {
    return new StopConditions(OptionalInt.of(most), minTokens, texts, tokenIds, ignoreEos);
  }

  public StopConditions withMinTokens(int fewest) {
    return new StopConditions(maxTokens, fewest, texts, tokenIds, ignoreEos);
  }

  public StopConditions withTexts(List<String> stops) {
    return new StopConditions(maxTokens, minTokens, stops, tokenIds, ignoreEos);
  }

  public StopConditions withTokenIds(List<Integer> ids) {
    return new StopConditions(maxTokens, minTokens, texts, ids, ignoreEos);
  }

  public StopConditions withIgnoreEos(boolean ignored) {
    return new StopConditions(maxTokens, minTokens, texts, tokenIds, ignored);
  }
}
