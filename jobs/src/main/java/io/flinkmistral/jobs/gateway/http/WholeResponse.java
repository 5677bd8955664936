package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.gateway.openai.WholeAnswer;
import tools.jackson.databind.JsonNode;

/** An answer as one JSON, when it is over. */
final class WholeResponse implements AnswerListener {
  private final Exchange exchange;
  private final WholeAnswer answer;

  WholeResponse(Exchange exchange, WholeAnswer answer) {
    this.exchange = exchange;
    this.answer = answer;
  }

  @Override
  public void piece(Piece piece) {
    answer.accept(piece);
  }

  @Override
  public void completed(Piece whole) {
    answer.replace(whole);
  }

  @Override
  public void over(JsonNode usage, JsonNode promptLogprobs) {
    exchange.json(200, answer.json(usage, promptLogprobs));
  }

  @Override
  public void failed(ApiException error) {
    exchange.fail(error);
  }
}
