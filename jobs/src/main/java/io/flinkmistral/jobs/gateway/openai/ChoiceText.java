package io.flinkmistral.jobs.gateway.openai;

import io.flinkmistral.jobs.json.JsonRecord;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/** One of a request's answers, as far as it has come: what can go out, and what is held back. */
public final class ChoiceText {
  private final ToolText text;
  private ArrayNode logprobs;

  /**
   * @param mayCall whether the request has tools
   */
  public ChoiceText(boolean mayCall) {
    this.text = new ToolText(mayCall);
  }

  /** The piece without what is held back, with what was before. */
  public Piece accept(Piece piece) {
    keep(piece.logprobs());
    Optional<Piece.End> end = piece.end();
    String free = text.accept(piece.text());
    if (end.isPresent()) {
      free += text.end(!end.get().toolCalls().isMissingNode());
    }
    return new Piece(
        piece.choice(),
        free,
        free.isEmpty() && end.isEmpty() ? MissingNode.getInstance() : told(),
        end);
  }

  private void keep(JsonNode more) {
    if (!more.isMissingNode()) {
      if (logprobs == null) {
        logprobs = JsonRecord.empty().arrayNode();
      }
      more.path("content").forEach(logprobs::add);
    }
  }

  private JsonNode told() {
    if (logprobs == null) {
      return MissingNode.getInstance();
    }
    ObjectNode told = JsonRecord.empty();
    told.set("content", logprobs);
    told.putNull("refusal");
    logprobs = null;
    return told;
  }
}
