package io.flinkmistral.jobs.gateway.dialogue;

import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.ForwardingListener;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.flinkmistral.jobs.gateway.openai.WholeAnswer;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Remembers, when an answer is over, which conversation holds the dialogue with it. */
public final class DialogueListener extends ForwardingListener {
  private static final int OF_THE_SERVER = 500;

  private final Dialogues dialogues;
  private final DialogueHash asked;
  private final Optional<Dialogues.Claim> claim;
  private final String conversation;
  private final String request;
  private final WholeAnswer answer;

  /**
   * @param listener who is told of the answer
   * @param asked the dialogue as it was sent
   * @param claim the conversation, where it holds the beginning of the dialogue
   * @param answer an empty one
   */
  public DialogueListener(
      AnswerListener listener,
      Dialogues dialogues,
      DialogueHash asked,
      Optional<Dialogues.Claim> claim,
      String conversation,
      String request,
      WholeAnswer answer) {
    super(listener);
    this.dialogues = dialogues;
    this.asked = asked;
    this.claim = claim;
    this.conversation = conversation;
    this.request = request;
    this.answer = answer;
  }

  @Override
  public void piece(Piece piece) {
    answer.accept(piece);
    super.piece(piece);
  }

  @Override
  public void completed(Piece whole) {
    answer.replace(whole);
    super.completed(whole);
  }

  @Override
  public void over(JsonNode usage, JsonNode promptLogprobs) {
    // Before its client is told, who may ask on at once.
    if (answer.isBlocked()) {
      claim.ifPresent(dialogues::putBack); // The conversation is as it was.
    } else {
      dialogues.put(asked.then(answer.message()), conversation, request);
    }
    super.over(usage, promptLogprobs);
  }

  @Override
  public void failed(ApiException error) {
    if (error.status() < OF_THE_SERVER) {
      claim.ifPresent(dialogues::putBack); // What is refused changes no conversation.
    }
    super.failed(error);
  }
}
