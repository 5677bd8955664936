package io.flinkmistral.generation.text;

import io.flinkmistral.generation.logprobs.TokenLogprobs;
import java.util.List;
import java.util.Optional;

/**
 * What of an answer is known already, from before a restore.
 *
 * @param choice which of the request's answers it is, from 0 on
 * @param tokens of it
 * @param logprobs of each of them, where that was asked for; else none
 */
public record AnswerSoFar(int choice, int[] tokens, List<TokenLogprobs> logprobs) {
  public AnswerSoFar {
    logprobs = List.copyOf(logprobs);
  }

  /** Nothing yet. */
  public static AnswerSoFar nothing(int choice) {
    return new AnswerSoFar(choice, new int[0], List.of());
  }

  /** Of the token at {@code index}. */
  public Optional<TokenLogprobs> logprobs(int index) {
    if (logprobs.size() != tokens.length) {
      throw new IllegalStateException(
          "%d tokens of an answer are known, and the probabilities of %d"
              .formatted(tokens.length, logprobs.size()));
    }
    return Optional.of(logprobs.get(index));
  }
}
