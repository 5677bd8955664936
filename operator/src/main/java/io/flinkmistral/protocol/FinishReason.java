package io.flinkmistral.protocol;

/** Why an answer ended. */
public enum FinishReason {
  /** The model ended it, or a stop text did. */
  STOP(1, "stop"),
  /** It reached the most tokens allowed, or the context limit. */
  LENGTH(2, "length"),
  /** It is calls of tools. */
  TOOL_CALLS(3, "tool_calls"),
  /** A client has cancelled it. */
  CANCELLED(4, "cancelled"),
  /** Its time was over. */
  TIMEOUT(5, "timeout"),
  /** It was judged, and is not given. */
  CONTENT_FILTER(6, "content_filter");

  private final int code;
  private final String wireName;

  FinishReason(int code, String wireName) {
    this.code = code;
    this.wireName = wireName;
  }

  /** A number that never changes, for serialised forms. */
  public int code() {
    return code;
  }

  public String wireName() {
    return wireName;
  }

  public static FinishReason ofCode(int code) {
    for (FinishReason reason : values()) {
      if (reason.code == code) {
        return reason;
      }
    }
    throw new IllegalArgumentException("unknown code of a finish reason: " + code);
  }
}
