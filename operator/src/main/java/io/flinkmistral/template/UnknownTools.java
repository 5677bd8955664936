package io.flinkmistral.template;

import java.util.List;
import java.util.stream.Stream;

/** What becomes of tools where a template knows none. */
public enum UnknownTools {
  /** Requests that bring any are refused. */
  REFUSE("refuse"),

  /** They are described in words, and calls and results are texts. */
  PROMPT("prompt");

  private final String optionName;

  UnknownTools(String optionName) {
    this.optionName = optionName;
  }

  /** The value of the option. */
  public String optionName() {
    return optionName;
  }

  /** The values of the option. */
  public static List<String> optionNames() {
    return Stream.of(values()).map(UnknownTools::optionName).toList();
  }

  /**
   * @throws IllegalArgumentException where the option has no such value
   */
  public static UnknownTools ofOption(String name) {
    return Stream.of(values())
        .filter(tools -> tools.optionName.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no way with tools: " + name));
  }
}
