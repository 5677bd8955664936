package io.flinkmistral.jobs.gateway.openai.responses;

import io.flinkmistral.jobs.gateway.openai.AnswerEvents;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A response as server-sent events, each with its name. */
public final class ResponseStream implements AnswerEvents {
  private final Function<String, ResponseHead> heads;
  private final String conversation;
  private final boolean mayCall;
  private ResponseEvents events;

  /**
   * @param heads of a response in a conversation
   * @param conversation that it is in where nobody says another
   * @param mayCall whether the answer may be calls of tools
   */
  public ResponseStream(
      Function<String, ResponseHead> heads, String conversation, boolean mayCall) {
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
    events = new ResponseEvents(heads.apply(told), mayCall);
  }

  private ResponseEvents events() {
    if (events == null) {
      begins(conversation);
    }
    return events;
  }

  @Override
  public List<String> of(Piece piece) {
    return texts(events().of(piece));
  }

  @Override
  public List<String> over(JsonNode usage) {
    return texts(events().over(usage));
  }

  @Override
  public List<String> failed(ApiException error) {
    return texts(events().failed(error));
  }
}
