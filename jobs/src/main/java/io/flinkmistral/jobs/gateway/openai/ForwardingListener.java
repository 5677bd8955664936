package io.flinkmistral.jobs.gateway.openai;

import tools.jackson.databind.JsonNode;

/**
 * Tells another one of an answer what it is told of it. A subclass does something beside, and then
 * calls this.
 */
public abstract class ForwardingListener implements AnswerListener {
  private final AnswerListener listener;

  protected ForwardingListener(AnswerListener listener) {
    this.listener = listener;
  }

  @Override
  public void begins(String conversation) {
    listener.begins(conversation);
  }

  @Override
  public void piece(Piece piece) {
    listener.piece(piece);
  }

  @Override
  public void completed(Piece whole) {
    listener.completed(whole);
  }

  @Override
  public void over(JsonNode usage, JsonNode promptLogprobs) {
    listener.over(usage, promptLogprobs);
  }

  @Override
  public void failed(ApiException error) {
    listener.failed(error);
  }
}
