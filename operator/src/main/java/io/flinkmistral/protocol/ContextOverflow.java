package io.flinkmistral.protocol;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What becomes of a request that has no room in the context beside its conversation. */
public enum ContextOverflow {
  /** It is refused. */
  REFUSE("refuse", "disabled"),

  /** The conversation's oldest turns make way. */
  DROP_OLDEST("drop-oldest", "auto");

  private final String optionName;
  private final String wireName;

  ContextOverflow(String optionName, String wireName) {
    this.optionName = optionName;
    this.wireName = wireName;
  }

  /** The name in requests, which OpenAI's Responses have, and in state. */
  public String wireName() {
    return wireName;
  }

  public static Optional<ContextOverflow> ofWireName(String name) {
    return Arrays.stream(values()).filter(overflow -> overflow.wireName.equals(name)).findFirst();
  }

  /** The values of the option. */
  public static List<String> optionNames() {
    return Arrays.stream(values()).map(overflow -> overflow.optionName).toList();
  }

  /**
   * @throws IllegalArgumentException where the option has no such value
   */
  public static ContextOverflow ofOption(String name) {
    return Arrays.stream(values())
        .filter(overflow -> overflow.optionName.equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no action of an overflow: " + name));
  }
}
