package io.flinkmistral.task;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import java.io.Serializable;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How an answer is written. Random numbers come from the seed and the prompt: equal records get
 * equal answers, and others draw on their own.
 *
 * @param temperature divides the logits; 0 takes the most probable token
 * @param topP keeps the most probable tokens whose probabilities add up to this; 1 keeps all
 * @param seed another one gives other answers, where the temperature is not 0
 * @param stop texts that end the answer, and are no part of it
 * @param maxTokens the most tokens of an answer; 0 for the model's default
 */
public record DecodingSettings(
    double temperature, double topP, long seed, List<String> stop, int maxTokens)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The most probable token, until the model ends its answer. */
  public static final DecodingSettings GREEDY = new DecodingSettings(0, 1, 0, List.of(), 0);

  /**
   * @throws InvalidRequestException where one is out of its range
   */
  public DecodingSettings {
    stop = List.copyOf(stop);
    if (maxTokens < 0) {
      throw InvalidRequestException.outOfRange("max_tokens", maxTokens, "0 (default) or more");
    }
    sampling(temperature, topP);
    stopConditions(stop, maxTokens);
  }

  public DecodingSettings withTemperature(double value) {
    return new DecodingSettings(value, topP, seed, stop, maxTokens);
  }

  public DecodingSettings withTopP(double value) {
    return new DecodingSettings(temperature, value, seed, stop, maxTokens);
  }

  public DecodingSettings withSeed(long value) {
    return new DecodingSettings(temperature, topP, value, stop, maxTokens);
  }

  public DecodingSettings withStop(List<String> texts) {
    return new DecodingSettings(temperature, topP, seed, texts, maxTokens);
  }

  public DecodingSettings withMaxTokens(int most) {
    return new DecodingSettings(temperature, topP, seed, stop, most);
  }

  public SamplingParams sampling() {
    return sampling(temperature, topP);
  }

  private static SamplingParams sampling(double temperature, double topP) {
    return new SamplingParams(temperature, topP, 0, 0, OptionalLong.empty());
  }

  public StopConditions stopConditions() {
    return stopConditions(stop, maxTokens);
  }

  private static StopConditions stopConditions(List<String> stop, int maxTokens) {
    OptionalInt most = maxTokens == 0 ? OptionalInt.empty() : OptionalInt.of(maxTokens);
    return new StopConditions(most, 0, stop, List.of(), false);
  }
}
