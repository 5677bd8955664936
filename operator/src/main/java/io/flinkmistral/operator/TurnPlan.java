package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Arrays;

/**
 * How a request's turn begins, or goes on after a restore: which tokens it is made of, and from
 * which pages of state its cache is filled first.
 *
 * @param queued the request
 * @param history tokens of the ended turns
 * @param turn prompt and answer of this turn so far
 * @param firstPage the page that the cache begins with
 * @param endPage the page after the last one to be read back from state
 */
record TurnPlan(
    QueuedRequest queued, int[] history, TurnInFlight turn, int firstPage, int endPage) {

  /**
   * Plans the turn of the current conversation's first request, and writes down that it has begun.
   *
   * @throws InvalidRequestException if the request cannot be answered; the conversation is as it
   *     was
   */
  static TurnPlan of(QueuedRequest queued, ConversationState state, LanguageModel model)
      throws Exception {
    TurnInFlight turn = state.turnInFlight().orElse(null);
    if (turn == null) {
      turn = begin(queued.request(), state, model);
    }
    ConversationHeader header = state.header();
    if (!header.kv().equals(model.kvFingerprint())) {
      int firstPage = rebuildFrom(header.tokens(), model);
      state.restartPages(model.kvFingerprint(), firstPage);
      header = state.header();
    }
    return new TurnPlan(queued, state.history(), turn, header.firstPage(), header.endPage());
  }

  private static TurnInFlight begin(
      CompletionRequest request, ConversationState state, LanguageModel model) throws Exception {
    ConversationHeader header = state.header();
    int tokens = request.reset() ? 0 : header.tokens();
    if (tokens > 0 && !header.tokenizer().equals(model.tokenizerFingerprint())) {
      throw new InvalidRequestException(
          "conversation_id",
          "the conversation was held with a model of another tokenizer; begin anew with reset:"
              + " true");
    }
    int[] prompt = model.encodeTurn(tokens == 0, request);
    if ((long) tokens + prompt.length >= model.contextLimit()) {
      throw new InvalidRequestException(
          "messages",
          "the conversation has %d tokens and the request %d, but the context holds %d with at least one of the answer"
              .formatted(tokens, prompt.length, model.contextLimit()));
    }
    if (request.reset()) {
      state.forget();
      header = state.header();
    }
    boolean cached = header.kv().equals(model.kvFingerprint());
    TurnInFlight turn =
        new TurnInFlight(
            prompt, new int[0], cached ? header.endPage() * model.kvLayout().pageTokens() : 0);
    state.saveTurnInFlight(turn);
    return turn;
  }

  /**
   * The page from which keys and values are computed again where none can be used. With a window, a
   * layer's key depends on that many positions of the layer below: so the rebuild starts a window
   * for each layer before the last full page, or at the beginning.
   */
  private static int rebuildFrom(int tokens, LanguageModel model) {
    if (model.config().window().isEmpty()) {
      return 0;
    }
    int pageTokens = model.kvLayout().pageTokens();
    long reach = (long) model.config().layers() * model.config().window().getAsInt() + pageTokens;
    return (int) (Math.max(0, tokens - reach) / pageTokens);
  }

  /** Bytes to be read back from state. */
  long restoredBytes(LanguageModel model) {
    return (long) (endPage - firstPage) * model.kvLayout().pageBytes();
  }

  /** The conversation goes live. {@code cache} holds the pages up to {@link #endPage}. */
  LiveConversation start(String key, KvCache cache, Generation.Limits limits, LanguageModel model) {
    int[] prompt = Arrays.copyOf(history, history.length + turn.prompt().length);
    System.arraycopy(turn.prompt(), 0, prompt, history.length, turn.prompt().length);
    Generation generation =
        model.generate(
            queued.request(), prompt, turn.generated(), turn.cachedTokens(), cache, limits);
    return new LiveConversation(key, queued, turn.prompt(), turn.cachedTokens(), generation);
  }
}
