package io.flinkmistral.jobs.gateway.stress;

import tools.jackson.databind.JsonNode;

/** What the events of one stream make up: an answer, told once, with one end. */
final class EventStream {
  private final StringBuilder text = new StringBuilder();
  private String reason = "";
  private int pieces;
  private int completionTokens = -1;
  private boolean over;

  /**
   * @throws IllegalStateException if it does not belong there
   */
  void take(JsonNode event) {
    check(!over, event, "after the end");
    if (event.path("choices").isEmpty()) {
      check(completionTokens < 0 && !reason.isEmpty(), event, "where no usage belongs");
      completionTokens = event.at("/usage/completion_tokens").asInt(-1);
      return;
    }
    check(reason.isEmpty(), event, "after the last piece");
    text.append(event.at("/choices/0/delta/content").asString(""));
    reason = event.at("/choices/0/finish_reason").asString("");
    pieces++;
  }

  /** No event follows. */
  void over() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  int pieces() {
    return pieces;
  }

  String text() {
    return text.toString();
  }

  Told.End end() {
    return over ? new Told.End(reason, completionTokens) : Told.End.NONE;
  }

  private static void check(boolean holds, JsonNode event, String where) {
    if (!holds) {
      throw new IllegalStateException("an event %s: %s".formatted(where, event));
    }
  }
}
