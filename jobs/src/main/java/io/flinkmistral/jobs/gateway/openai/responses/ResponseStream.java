package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.AnswerEvents;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A response as server-sent events, each with its name. */
public final class ResponseStream implements AnswerEvents {
  private final ResponseHeads heads;
  private String conversation;
  private final boolean mayCall;
  private ResponseEvents events;

  /**
   * @param heads what it may be called
   * @param conversation that it is in where nobody says another
   * @param mayCall whether the answer may be calls of tools
   */
  public ResponseStream(ResponseHeads heads, String conversation, boolean mayCall) {
    this.heads = heads;
    this.conversation = conversation;
    this.mayCall = mayCall;
  }

  private static List<String> texts(List<ObjectNode> events) {
    return events.stream()
        .map(event -> "event: %s\ndata: %s\n\n".formatted(event.path("type").asString(""), event))
        .toList();
  }

  @Override
  public void begins(String told) {
    conversation = told;
  }

  private ResponseEvents events(boolean blocked) {
    if (events == null) {
      ResponseHead head = blocked ? heads.blocked() : heads.in(conversation);
      events = new ResponseEvents(head, mayCall);
    }
    return events;
  }

  @Override
  public List<String> of(Piece piece) {
    // Of an answer that is not given this is the first piece, and the last.
    return texts(events(piece.end().filter(Piece.End::isBlocked).isPresent()).of(piece));
  }

  @Override
  public List<String> over(JsonNode usage) {
    return texts(events(false).over(usage));
  }

  @Override
  public List<String> failed(ApiException error) {
    return texts(events(false).failed(error));
  }
}
