package io.flinkmistral.template;

import java.util.List;
import java.util.stream.Stream;

/** Where system prompt and tools stand in what is rendered at once. */
public enum SystemPosition {
  /** Beside the last text of a user, as the models were trained: each turn takes them in again. */
  LAST("last"),

  /** Beside the first text of a user: a dialogue that goes on begins with the same tokens. */
  FIRST("first");

  private final String optionName;

  SystemPosition(String optionName) {
    this.optionName = optionName;
  }

  /** The value of the option. */
  public String optionName() {
    return optionName;
  }

  /** The values of the option. */
  public static List<String> optionNames() {
    return Stream.of(values()).map(SystemPosition::optionName).toList();
  }

  /**
   * @throws IllegalArgumentException where there is no such position
   */
  public static SystemPosition ofOption(String name) {
    for (SystemPosition position : values()) {
      if (position.optionName.equals(name)) {
        return position;
      }
    }
    throw new IllegalArgumentException(
        "there is no position '%s' of system prompts: choose last or first".formatted(name));
  }
}
