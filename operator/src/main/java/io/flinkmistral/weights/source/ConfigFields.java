package io.flinkmistral.weights.source;

import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.TransformerConfig;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** What a model file says about itself, by key. A value of the wrong kind is malformed. */
public interface ConfigFields {
  /** Whether the key is there, be it with a value of null. */
  boolean has(String key);

  /** Empty where the key is absent or null. */
  OptionalLong integer(String key) throws MalformedModelException;

  /** Empty where the key is absent or null. */
  OptionalDouble number(String key) throws MalformedModelException;

  /** Empty where the key is absent or null. */
  Optional<String> text(String key) throws MalformedModelException;

  /** False where the key is absent or null. */
  boolean flag(String key) throws MalformedModelException;

  /** Says what is wrong with a key's value, and where it stands. */
  MalformedModelException wrong(String key, String reason);

  default int positive(String key) throws MalformedModelException {
    OptionalInt value = positiveIfPresent(key);
    if (value.isEmpty()) {
      throw wrong(key, "is missing");
    }
    return value.getAsInt();
  }

  default int positiveOr(String key, int otherwise) throws MalformedModelException {
    return positiveIfPresent(key).orElse(otherwise);
  }

  default OptionalInt positiveIfPresent(String key) throws MalformedModelException {
    OptionalLong value = integer(key);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    long number = value.getAsLong();
    if (number <= 0 || number > Integer.MAX_VALUE) {
      throw wrong(key, "is %d; it must be from 1 to 2^31 - 1".formatted(number));
    }
    return OptionalInt.of((int) number);
  }

  /** The epsilon of RMSNorm, between 0 and 1. */
  default float epsilonOr(String key, double otherwise) throws MalformedModelException {
    float value = (float) number(key).orElse(otherwise);
    if (!(value > 0 && value < 1)) {
      throw wrong(key, "is %s; it must be above 0 and below 1".formatted(value));
    }
    return value;
  }

  /** The base of the rotary frequencies, a positive finite number. */
  default double thetaOr(String key, double otherwise) throws MalformedModelException {
    double value = number(key).orElse(otherwise);
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw wrong(key, "is %s; it must be a positive number".formatted(value));
    }
    return value;
  }

  /** The size of a head where the file does not say it: an equal share of the width. */
  default int shareOfWidth(int dim, int heads, String headsKey) throws MalformedModelException {
    if (dim % heads != 0) {
      throw wrong(
          headsKey,
          "is %d, which does not divide the width of %d, and the file has no size of a head"
              .formatted(heads, dim));
    }
    return dim / heads;
  }

  /** Refuses a feature that is not computed, so that no wrong answers are given. */
  default void refuse(String key, String feature) throws MalformedModelException {
    throw wrong(key, "asks for %s, which is not supported".formatted(feature));
  }

  /** Checks what several fields must be together. */
  default TransformerConfig checked(TransformerConfig config, String headsKey, String headDimKey)
      throws MalformedModelException {
    if (config.heads() % config.kvHeads() != 0) {
      throw wrong(
          headsKey,
          "is %d, no multiple of the %d key and value heads"
              .formatted(config.heads(), config.kvHeads()));
    }
    if (config.headDim() % 2 != 0) {
      throw wrong(
          headDimKey,
          "makes heads of %d numbers; rotary embedding needs an even number"
              .formatted(config.headDim()));
    }
    if ((long) config.heads() * config.headDim() > Integer.MAX_VALUE) {
      throw wrong(
          headsKey,
          "makes %d heads of %d numbers, more than 2^31 - 1 in all"
              .formatted(config.heads(), config.headDim()));
    }
    return config;
  }
}
