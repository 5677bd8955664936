package io.flinkmistral.jobs.gateway.openai;

import tools.jackson.databind.JsonNode;

/** Who waits for an answer. Told in order, by one thread at a time. */
public interface AnswerListener {
  /** The answers are given in this conversation. Told once, before anything else of them. */
  default void begins(String conversation) {}

  /** The next piece of one of the answers. */
  void piece(Piece piece);

  /**
   * What the completion says of one of the answers, all of it. Pieces may have gone too far, or
   * lack something: who has told nobody of them takes this instead.
   */
  default void completed(Piece whole) {}

  /**
   * All answers have ended.
   *
   * @param usage what they took
   * @param promptLogprobs missing where they were not asked for
   */
  void over(JsonNode usage, JsonNode promptLogprobs);

  /**
   * What was asked of a conversation.
   *
   * @param report the record of the completions topic
   */
  default void reported(JsonNode report) {
    failed(ApiException.failed(500, "internal_error", "a report came in place of an answer"));
  }

  /** There is none, or no more of it. */
  void failed(ApiException error);
}
