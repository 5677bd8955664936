package io.flinkmistral.protocol;

import java.util.List;

/**
 * How likely the tokens of a prompt were, each after those before it.
 *
 * @param places by the tokens: in each, the token itself, then the most probable ones that are not
 *     it; none in the first place, since nothing is before it
 */
public record PromptLogprobs(List<List<RankedToken>> places) {
  /** The most tokens that are told of, in all places together: some megabytes. */
  public static final int MOST_TOKENS = 1 << 17;

  public PromptLogprobs {
    places = places.stream().map(List::copyOf).toList();
  }
}
