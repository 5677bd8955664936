package io.flinkmistral.jobs.gateway.stress;

/**
 * What a client was told in one stream.
 *
 * @param request its id, as the response's header has it
 * @param key what the client has called it; empty for one without a name
 * @param end what the stream ended with, if it came to its end
 */
record Told(String request, String key, String text, End end) {
  /**
   * The end of a stream.
   *
   * @param reason empty where the stream has broken, or its client went away
   */
  record End(String reason, int completionTokens) {
    static final End NONE = new End("", 0);
  }

  boolean isWhole() {
    return end != End.NONE;
  }
}
