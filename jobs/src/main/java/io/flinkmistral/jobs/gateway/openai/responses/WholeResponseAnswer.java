package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.ChoiceText;
import io.flinkmistral.jobs.gateway.openai.Piece;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A response put together from pieces. */
public final class WholeResponseAnswer {
  private final ChoiceText pieces;
  private ResponseOutput output = new ResponseOutput();

  /**
   * @param mayCall whether the answer may be calls of tools
   */
  public WholeResponseAnswer(boolean mayCall) {
    this.pieces = new ChoiceText(mayCall);
  }

  public void accept(Piece piece) {
    output.accept(pieces.accept(piece));
  }

  /** All of the answer, in place of its pieces. */
  public void replace(Piece whole) {
    output = new ResponseOutput();
    output.accept(whole);
  }

  /** Whether it is not given. */
  public boolean isBlocked() {
    return output.finishReason().equals(Piece.End.BLOCKED);
  }

  /** All of it, when the answer has ended. */
  public ObjectNode json(ResponseHead head, JsonNode usage) {
    return head.ended(output, usage);
  }
}
