package io.flinkmistral.protocol;

import java.util.OptionalLong;

/**
 * How a token is chosen from the logits.
 *
 * @param temperature divides the logits; 0 takes the greatest one ("greedy") and ignores the rest
 * @param topP keeps the most probable tokens whose probabilities add up to this; 1 keeps all
 * @param topK keeps this many of the most probable tokens; 0 keeps all
 * @param minP keeps tokens at least this times as probable as the most probable one; 0 keeps all
 * @param seed of the random numbers; absent: one is derived from the request's ids
 */
public record SamplingParams(
    double temperature, double topP, int topK, double minP, OptionalLong seed) {

  /** Greedy. */
  public static final SamplingParams DEFAULT = new SamplingParams(0, 1, 0, 0, OptionalLong.empty());

  public SamplingParams {
    require(temperature >= 0 && temperature <= 100, "temperature", temperature, "from 0 to 100");
    require(topP > 0 && topP <= 1, "top_p", topP, "above 0, at most 1");
    require(topK >= 0, "top_k", topK, "0 (all) or more");
    require(minP >= 0 && minP <= 1, "min_p", minP, "from 0 to 1");
  }

  private static void require(boolean holds, String parameter, Number value, String range) {
    if (!holds) {
      throw new InvalidRequestException(
          parameter, "%s must be %s, but is %s".formatted(parameter, range, value));
    }
  }
}
