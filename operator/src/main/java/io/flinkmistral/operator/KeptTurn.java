package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;

/**
 * What the conversation keeps of a turn that has ended. Where its request has brought instructions
 * for it alone, that is the turn as it would be without them; pages reach as far then as tokens are
 * the same. Where the answer calls tools, all of it stays: their results are answered by it.
 *
 * <p>A turn without its instructions is other tokens than those it was answered with. They are
 * encoded on another thread while the answer is written, so that its end finds them ready.
 */
final class KeptTurn {
  private final CompletionRequest request;
  private final CompletionRequest kept;
  private final int[] prompt;
  private final CompletableFuture<int[]> plain;
  private boolean isAwaited;

  private KeptTurn(
      CompletionRequest request,
      CompletionRequest kept,
      int[] prompt,
      CompletableFuture<int[]> plain) {
    this.request = request;
    this.kept = kept;
    this.prompt = prompt;
    this.plain = plain;
  }

  /**
   * Begins to encode what is kept, where it is not what is answered.
   *
   * @param prompt the turn's, as it is answered
   * @param encoder gives a request's tokens, behind the turns that the conversation has now
   * @param threads where that runs
   */
  static KeptTurn of(
      CompletionRequest request,
      int[] prompt,
      Function<CompletionRequest, int[]> encoder,
      Executor threads) {
    CompletionRequest kept = request.kept();
    return new KeptTurn(
        request,
        kept,
        prompt,
        kept == request
            ? CompletableFuture.completedFuture(prompt)
            : CompletableFuture.supplyAsync(() -> encoder.apply(kept), threads));
  }

  /**
   * Whether the turn can be added to the history without waiting.
   *
   * @param whenReady is run, on any thread, when it is time to ask again
   */
  boolean isReady(Runnable whenReady) {
    if (plain.isDone()) {
      return true;
    }
    if (!isAwaited) {
      isAwaited = true;
      plain.whenComplete((_, _) -> whenReady.run());
    }
    return false;
  }

  /**
   * Adds it to the history.
   *
   * @param answer with the end of the turn
   * @param callsTools whether the answer is calls of tools
   * @return whether pages have gone that memory may still have
   */
  boolean append(Conversation conversation, int[] answer, boolean callsTools, LanguageModel model)
      throws Exception {
    int[] tokens = callsTools ? prompt : plain();
    ConversationHeader header = conversation.header();
    conversation.appendTurn(
        tokens, answer, model.tokenizerFingerprint(), TurnKind.of(callsTools ? request : kept));
    int different = Arrays.mismatch(prompt, tokens);
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

  private int[] plain() {
    try {
      return plain.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }
}
