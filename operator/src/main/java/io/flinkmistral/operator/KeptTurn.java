package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.Arrays;

/**
 * What the conversation keeps of a turn that has ended. Where its request has brought instructions
 * for it alone, that is the turn as it would be without them; pages reach as far then as tokens are
 * the same. Where the answer calls tools, all of it stays: their results are answered by it.
 */
final class KeptTurn {
  private KeptTurn() {}

  /**
   * Adds it to the history.
   *
   * @param prompt the turn's, as it was answered
   * @param answer with the end of the turn
   * @param callsTools whether the answer is calls of tools
   * @return whether pages have gone that memory may still have
   */
  static boolean append(
      Conversation conversation,
      CompletionRequest request,
      int[] prompt,
      int[] answer,
      boolean callsTools,
      LanguageModel model)
      throws Exception {
    String tokenizer = model.tokenizerFingerprint();
    CompletionRequest kept = callsTools ? request : request.kept();
    ConversationHeader header = conversation.header();
    int[] plain = kept == request ? prompt : model.encodeTurn(header.tokens() == 0, kept);
    conversation.appendTurn(plain, answer, tokenizer, TurnKind.of(kept));
    int different = Arrays.mismatch(prompt, plain);
    if (different < 0) {
      return false;
    }
    Conversation.PageRange pages = TurnPlan.pagesWithin(header.tokens() + different, header, model);
    if (pages.equals(Conversation.PageRange.NONE)) {
      conversation.restartPages("", 0);
    } else {
      conversation.cutPages(pages.end());
    }
    return true;
  }
}
