package io.flinkmistral.jobs.gateway.openai;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** How an answer is told of by server-sent events; each text is one or more of them. */
public interface AnswerEvents {
  /** The answers are given in this conversation. */
  void begins(String conversation);

  List<String> of(Piece piece);

  List<String> over(JsonNode usage);

  /** There is no more of an answer that has begun. */
  List<String> failed(ApiException error);
}
