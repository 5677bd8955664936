package io.flinkmistral.generation;

import java.util.List;
import java.util.Optional;

/**
 * What of an answer is known already, from before a restore.
 *
 * @param tokens of it
 * @param logprobs of each of them, where that was asked for; else none
 */
public record AnswerSoFar(int[] tokens, List<TokenLogprobs> logprobs) {
  /** Nothing yet. */
  public static final AnswerSoFar NOTHING = new AnswerSoFar(new int[0], List.of());

  public AnswerSoFar {
    logprobs = List.copyOf(logprobs);
  }

  /** Of the token at {@code index}. */
  Optional<TokenLogprobs> logprobs(int index) {
    if (logprobs.size() != tokens.length) {
      throw new IllegalStateException(
          "%d tokens of an answer are known, and the probabilities of %d"
              .formatted(tokens.length, logprobs.size()));
    }
    return Optional.of(logprobs.get(index));
  }
}
