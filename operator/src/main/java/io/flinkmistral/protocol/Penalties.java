package io.flinkmistral.protocol;

/**
 * How much less likely tokens become that were there before.
 *
 * @param presence taken off the logit of each token that the answer has
 * @param frequency taken off the logit of a token as many times as the answer has it
 * @param repetition divides the logit of each token among the last of the conversation, prompt
 *     included; where the logit is negative, it multiplies; 1 for no effect
 * @param repeatLastN how many tokens these last ones are; -1 for all, 0 for none
 */
public record Penalties(double presence, double frequency, double repetition, int repeatLastN) {
  public static final Penalties NONE = new Penalties(0, 0, 1, -1);

  /** What a penalty on repetition may be. */
  public static final String REPETITIONS = "above 0, at most 100";

  private static final double MOST = 2;
  private static final double MOST_REPETITION = 100;

  public Penalties {
    require(Math.abs(presence) <= MOST, "presence_penalty", presence, "from -2 to 2");
    require(Math.abs(frequency) <= MOST, "frequency_penalty", frequency, "from -2 to 2");
    require(isRepetition(repetition), "repetition_penalty", repetition, REPETITIONS);
    require(repeatLastN >= -1, "repeat_last_n", repeatLastN, "-1 (all), 0 (none) or more");
  }

  public static boolean isRepetition(double penalty) {
    return penalty > 0 && penalty <= MOST_REPETITION;
  }

  private static void require(boolean holds, String parameter, Number value, String range) {
    if (!holds) {
      throw InvalidRequestException.outOfRange(parameter, value, range);
    }
  }
}
