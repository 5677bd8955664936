package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseHead;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseHeads;
import io.flinkmistral.jobs.gateway.openai.responses.WholeResponseAnswer;
import tools.jackson.databind.JsonNode;

/** One of OpenAI's responses as one JSON, when it is over. */
final class WholeResponseObject implements AnswerListener {
  private final Exchange exchange;
  private final ResponseHeads heads;
  private final WholeResponseAnswer answer;
  private String conversation;

  /**
   * @param heads what it may be called
   * @param conversation that it is in where nobody says another
   */
  WholeResponseObject(
      Exchange exchange, ResponseHeads heads, String conversation, WholeResponseAnswer answer) {
    this.exchange = exchange;
    this.heads = heads;
    this.conversation = conversation;
    this.answer = answer;
  }

  @Override
  public void begins(String told) {
    conversation = told;
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
    ResponseHead head = answer.isBlocked() ? heads.blocked() : heads.in(conversation);
    exchange.json(200, answer.json(head, usage));
  }

  @Override
  public void failed(ApiException error) {
    exchange.fail(error);
  }
}
