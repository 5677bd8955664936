package io.flinkmistral.operator.options;

import io.flinkmistral.protocol.Excerpt;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ReadableConfig;

/**
 * The options of a class, each with what it allows: an option is defined by being added here, so
 * there is none without a check.
 */
public final class CheckedOptions {
  private final Map<ConfigOption<?>, Allowed<?>> allowed = new LinkedHashMap<>();

  /** Adds an option; returns it. */
  public <T> ConfigOption<T> add(ConfigOption<T> option, Allowed<T> values) {
    allowed.put(option, values);
    return option;
  }

  /** Adds options of another class, with what they allow there. */
  public void addFrom(CheckedOptions other, Predicate<ConfigOption<?>> which) {
    other.allowed.forEach(
        (option, values) -> {
          if (which.test(option)) {
            allowed.put(option, values);
          }
        });
  }

  /** Adds an option of another class, in words that are right here. */
  public void addFrom(CheckedOptions other, ConfigOption<?> option, String description) {
    allowed.put(option.withDescription(description), other.allowed.get(option));
  }

  public Set<ConfigOption<?>> options() {
    return allowed.keySet();
  }

  /** What an option allows, in words. */
  public String words(ConfigOption<?> option) {
    return allowed.get(option).words();
  }

  /**
   * Checks the values of all options.
   *
   * @throws IllegalArgumentException if one is not allowed; it says which, and what is
   */
  public void check(ReadableConfig options) {
    allowed.forEach((option, values) -> check(option, values, options));
  }

  private static void check(ConfigOption<?> option, Allowed<?> values, ReadableConfig options) {
    if (!isAllowed(option, values, options)) {
      throw new IllegalArgumentException(
          "option %s cannot be \"%s\": it must be %s"
              .formatted(option.key(), Excerpt.of(given(option, options)), values.words()));
    }
  }

  @SuppressWarnings("unchecked") // An option is added with values of its own type.
  private static <T> boolean isAllowed(
      ConfigOption<?> option, Allowed<T> values, ReadableConfig options) {
    try {
      return options
          .getOptional((ConfigOption<T>) option)
          .map(value -> values.test().test(value))
          .orElse(true);
    } catch (IllegalArgumentException | ArithmeticException notOfItsType) {
      return false;
    }
  }

  private static String given(ConfigOption<?> option, ReadableConfig options) {
    return String.valueOf(options.toMap().get(option.key()));
  }
}
