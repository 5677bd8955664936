package io.flinkmistral.protocol;

import java.util.Arrays;
import java.util.Optional;

/** What a request's messages are of its conversation. */
public enum HistoryMode {
  /** What is new in it: they follow what was said before. */
  APPEND("append"),

  /** All of it, as clients send it that keep the dialogue themselves. */
  FULL("full");

  private final String wireName;

  HistoryMode(String wireName) {
    this.wireName = wireName;
  }

  /** The name in requests and in state. */
  public String wireName() {
    return wireName;
  }

  public static Optional<HistoryMode> ofWireName(String name) {
    return Arrays.stream(values()).filter(mode -> mode.wireName.equals(name)).findFirst();
  }
}
