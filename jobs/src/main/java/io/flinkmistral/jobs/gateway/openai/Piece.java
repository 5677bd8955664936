package io.flinkmistral.jobs.gateway.openai;

import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * A piece of an answer.
 *
 * @param choice which of the request's answers it is of
 * @param logprobs of its tokens, as messages have them; missing where they were not asked for
 * @param end on the last piece
 */
public record Piece(int choice, String text, JsonNode logprobs, Optional<End> end) {

  /**
   * What ends an answer.
   *
   * @param toolCalls the calls that it is; missing where it is none
   * @param moderation what was judged; missing where nothing was
   */
  public record End(String finishReason, JsonNode toolCalls, JsonNode moderation) {
    /** What an answer ends with that was judged, and is not given. */
    public static final String BLOCKED = "content_filter";

    public boolean isBlocked() {
      return finishReason.equals(BLOCKED);
    }
  }

  /** A piece in the middle of an answer. */
  public static Piece of(int choice, String text) {
    return new Piece(choice, text, MissingNode.getInstance(), Optional.empty());
  }
}
