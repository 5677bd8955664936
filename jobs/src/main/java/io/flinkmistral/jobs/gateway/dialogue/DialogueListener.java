package io.flinkmistral.jobs.gateway.dialogue;

import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.gateway.openai.WholeAnswer;
import tools.jackson.databind.JsonNode;

/** Remembers, when an answer is over, which conversation holds the dialogue with it. */
public final class DialogueListener implements AnswerListener {
  private final AnswerListener listener;
  private final Dialogues dialogues;
  private final DialogueHash asked;
  private final String conversation;
  private final WholeAnswer answer;

  /**
   * @param listener who is told of the answer
   * @param asked the dialogue as it was sent
   * @param answer an empty one
   */
  public DialogueListener(
      AnswerListener listener,
      Dialogues dialogues,
      DialogueHash asked,
      String conversation,
      WholeAnswer answer) {
    this.listener = listener;
    this.dialogues = dialogues;
    this.asked = asked;
    this.conversation = conversation;
    this.answer = answer;
  }

  @Override
  public void begins(String conversation) {
    listener.begins(conversation);
  }

  @Override
  public void piece(Piece piece) {
    answer.accept(piece);
    listener.piece(piece);
  }

  @Override
  public void over(JsonNode usage, JsonNode promptLogprobs) {
    // Before its client is told, who may ask on at once.
    dialogues.put(asked.then(answer.message()), conversation);
    listener.over(usage, promptLogprobs);
  }

  @Override
  public void failed(ApiException error) {
    listener.failed(error);
  }
}
