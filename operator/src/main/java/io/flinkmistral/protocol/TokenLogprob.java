package io.flinkmistral.protocol;

import java.util.List;
import java.util.Optional;

/**
 * How likely a token was, by the model alone.
 *
 * @param token its text; U+FFFD stands for bytes that are no whole character
 * @param bytes that it adds to the text; none where it is no text
 * @param logprob the natural logarithm of its probability
 * @param top the most probable tokens in its place, the first one first; these have none of their
 *     own
 */
public record TokenLogprob(
    String token, Optional<List<Integer>> bytes, float logprob, List<TokenLogprob> top) {
  public TokenLogprob {
    bytes = bytes.map(List::copyOf);
    top = List.copyOf(top);
  }
}
