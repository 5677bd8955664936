package io.flinkmistral.protocol;

import java.util.List;

/** What a client is told of a conversation, beside answers. */
public sealed interface ConversationReport {
  /**
   * It is forgotten.
   *
   * @param turns that it had
   * @param forks of it that were forgotten, too
   */
  record Forgotten(int turns, int forks) implements ConversationReport {}

  /**
   * What it has.
   *
   * @param turns that have ended
   * @param unfinished requests that are not answered
   */
  record Shown(List<Turn> turns, int unfinished) implements ConversationReport {
    public Shown {
      turns = List.copyOf(turns);
    }
  }

  /**
   * A turn that has ended, as the model sees it.
   *
   * @param messages what was asked and answered
   * @param promptTokens tokens that its request brought
   * @param completionTokens tokens of the answer, the end-of-sequence token included
   */
  record Turn(List<ChatMessage> messages, int promptTokens, int completionTokens) {
    public Turn {
      messages = List.copyOf(messages);
    }
  }
}
