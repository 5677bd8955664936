package io.flinkmistral.protocol;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a token is chosen from the logits.
 *
 * @param temperature divides the logits; 0 takes the greatest one ("greedy") and ignores what keeps
 *     tokens
 * @param topP keeps the most probable tokens whose probabilities add up to this; 1 keeps all
 * @param topK keeps this many of the most probable tokens; 0 keeps all
 * @param minP keeps tokens at least this times as probable as the most probable one; 0 keeps all
 * @param typicalP keeps the most typical tokens whose probabilities add up to this; 1 keeps all
 * @param penalties on tokens that were there before
 * @param logitBias added to the logits of tokens
 * @param badWords texts that the answer does not have
 * @param seed of the random numbers; absent: one is derived from the request's ids
 */
public record SamplingParams(
    double temperature,
    double topP,
    int topK,
    double minP,
    double typicalP,
    Penalties penalties,
    SortedMap<Integer, Float> logitBias,
    List<String> badWords,
    OptionalLong seed) {

  /** Greedy. */
  public static final SamplingParams DEFAULT = new SamplingParams(0, 1, 0, 0, OptionalLong.empty());

  /** The most texts that an answer must not have. */
  public static final int MOST_BAD_WORDS = 1000;

  private static final float MOST_BIAS = 100;

  public SamplingParams {
    require(temperature >= 0 && temperature <= 100, "temperature", temperature, "from 0 to 100");
    require(topP > 0 && topP <= 1, "top_p", topP, "above 0, at most 1");
    require(topK >= 0, "top_k", topK, "0 (all) or more");
    require(minP >= 0 && minP <= 1, "min_p", minP, "from 0 to 1");
    require(typicalP > 0 && typicalP <= 1, "typical_p", typicalP, "above 0, at most 1");
    logitBias.forEach(SamplingParams::checkBias);
    logitBias = Collections.unmodifiableSortedMap(new TreeMap<>(logitBias));
    badWords = List.copyOf(badWords);
    if (badWords.stream().anyMatch(String::isBlank)) {
      throw new InvalidRequestException("bad_words", "bad_words must not hold an empty text");
    }
    if (badWords.size() > MOST_BAD_WORDS) {
      throw new InvalidRequestException(
          "bad_words",
          ErrorCode.REQUEST_TOO_LARGE,
          "bad_words has %d elements, but at most %d are allowed"
              .formatted(badWords.size(), MOST_BAD_WORDS));
    }
  }

  /** Without penalties, biases and words that must not be. */
  public SamplingParams(double temperature, double topP, int topK, double minP, OptionalLong seed) {
    this(temperature, topP, topK, minP, 1, Penalties.NONE, new TreeMap<>(), List.of(), seed);
  }

  public SamplingParams withTypicalP(double typical) {
    return new SamplingParams(
        temperature, topP, topK, minP, typical, penalties, logitBias, badWords, seed);
  }

  public SamplingParams withPenalties(Penalties wanted) {
    return new SamplingParams(
        temperature, topP, topK, minP, typicalP, wanted, logitBias, badWords, seed);
  }

  public SamplingParams withLogitBias(Map<Integer, Float> bias) {
    return new SamplingParams(
        temperature, topP, topK, minP, typicalP, penalties, new TreeMap<>(bias), badWords, seed);
  }

  public SamplingParams withBadWords(List<String> words) {
    return new SamplingParams(
        temperature, topP, topK, minP, typicalP, penalties, logitBias, words, seed);
  }

  private static void checkBias(int token, float bias) {
    String parameter = "logit_bias." + token;
    if (token < 0) {
      throw new InvalidRequestException(
          parameter, "logit_bias names tokens by ids of 0 or more, but one is " + token);
    }
    require(Math.abs(bias) <= MOST_BIAS, parameter, bias, "from -100 to 100");
  }

  private static void require(boolean holds, String parameter, Number value, String range) {
    if (!holds) {
      throw InvalidRequestException.outOfRange(parameter, value, range);
    }
  }
}
