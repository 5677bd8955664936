package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import tools.jackson.databind.JsonNode;

/** Listens in place of one who is gone. */
final class Nobody implements AnswerListener {
  @Override
  public void piece(Piece piece) {
    // Nobody wants to know.
  }

  @Override
  public void over(JsonNode usage, JsonNode promptLogprobs) {
    // Nobody wants to know.
  }

  @Override
  public void reported(JsonNode report) {
    // Nobody wants to know.
  }

  @Override
  public void failed(ApiException error) {
    // Nobody wants to know.
  }
}
