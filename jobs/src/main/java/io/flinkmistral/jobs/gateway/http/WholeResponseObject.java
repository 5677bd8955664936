package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.gateway.openai.responses.ResponseHead;
import io.flinkmistral.jobs.gateway.openai.responses.WholeResponseAnswer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** One of OpenAI's responses as one JSON, when it is over. */
final class WholeResponseObject implements AnswerListener {
  private final Exchange exchange;
  private final Function<String, ResponseHead> heads;
  private final WholeResponseAnswer answer;
  private String conversation;

  /**
   * @param heads of a response in a conversation
   * @param conversation that it is in where nobody says another
   */
  WholeResponseObject(
      Exchange exchange,
      Function<String, ResponseHead> heads,
      String conversation,
      WholeResponseAnswer answer) {
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
    exchange.json(200, answer.json(heads.apply(conversation), usage));
  }

  @Override
  public void failed(ApiException error) {
    exchange.fail(error);
  }
}
