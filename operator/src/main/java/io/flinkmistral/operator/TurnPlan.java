package io.flinkmistral.operator;

import io.flinkmistral.cache.KvLayout;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a request's turn begins, or goes on after a restore. Planning changes nothing; a plan stays
 * right while its conversation waits.
 *
 * <p>A turn that has begun goes on with the model that it began with, or not at all: with another
 * one (other weights, tokenizer, template, window, type of keys and values) it begins anew, so that
 * an answer is that of one model, the one whose fingerprint it carries. It is refused where that
 * model has no words for the history.
 *
 * @param key the conversation
 * @param queued the request
 * @param start what comes before the turn
 * @param turn prompt and answer of this turn so far
 */
record TurnPlan(ConversationKey key, QueuedRequest queued, Start start, TurnInFlight turn) {

  /**
   * The most bytes of pages that a fork copies, which it does in one go: half a second on a disk of
   * 2 GB/s. It has room for a window of 4096 tokens at 7B in f32. What lies beyond is computed.
   */
  static final long FORK_BYTES = 1L << 30;

  /** What comes before the turn. */
  sealed interface Start {
    /** The history as it is; the turn had begun before a restore. */
    record Resumed() implements Start {}

    /** The history as it is; the turn had begun with another model, and begins anew. */
    record Restarted() implements Start {}

    /** The history as it is. */
    record Continued() implements Start {}

    /** Nothing: earlier turns are forgotten. */
    record Afresh() implements Start {}

    /**
     * The first turns of another conversation, which stays as it is until the turn begins; earlier
     * turns of this one are forgotten. {@code endPage} is 0 where no pages can be taken over.
     */
    record Forked(ConversationKey source, int turns, int tokens, int firstPage, int endPage)
        implements Start {}
  }

  /**
   * Plans the turn of a conversation's first request.
   *
   * @throws InvalidRequestException if the request cannot be answered
   */
  static TurnPlan of(
      ConversationKey key, ConversationState state, LanguageModel model, MistralSettings settings)
      throws Exception {
    state.select(key);
    QueuedRequest queued = state.head();
    Optional<TurnInFlight> begun = state.turnInFlight();
    if (begun.isPresent() && isOf(model, begun.get(), state.header())) {
      TurnInFlight turn = withTerms(begun.get(), state.header(), model, settings);
      return new TurnPlan(key, queued, new Start.Resumed(), turn);
    }
    CompletionRequest request = queued.request();
    Start start = begun.isPresent() ? new Start.Restarted() : start(key, request, state, model);
    return new TurnPlan(
        key, queued, start, newTurn(request, start, state.header(), model, settings));
  }

  private static boolean isOf(
      LanguageModel model, TurnInFlight turn, ConversationHeader conversation) {
    return turn.terms()
        .map(terms -> terms.fingerprint().equals(model.systemFingerprint()))
        // A turn that begins leaves the mark of its model on the pages.
        .orElseGet(() -> conversation.kv().equals(model.kvFingerprint()));
  }

  /** Where version 1 of the state has left out the limits, they are those of now that it fits. */
  private static TurnInFlight withTerms(
      TurnInFlight turn,
      ConversationHeader conversation,
      LanguageModel model,
      MistralSettings settings) {
    if (turn.terms().isPresent()) {
      return turn;
    }
    Generation.Limits now = settings.generationLimits(model);
    int oneMore = turn.generated().length + 1;
    int positions = conversation.tokens() + turn.prompt().length + oneMore;
    Generation.Limits limits =
        new Generation.Limits(
            Math.max(now.maxTokens(), oneMore), Math.max(now.contextLimit(), positions));
    return turn.withTerms(new TurnInFlight.Terms(model.systemFingerprint(), limits));
  }

  /** Leaves the conversation selected whose history comes before the turn. */
  private static Start start(
      ConversationKey key, CompletionRequest request, ConversationState state, LanguageModel model)
      throws Exception {
    if (request.fork().isEmpty()) {
      return request.reset() ? new Start.Afresh() : new Start.Continued();
    }
    if (state.header().tokens() > 0 && !request.reset()) {
      throw new InvalidRequestException(
          "conversation_id",
          ErrorCode.CONVERSATION_EXISTS,
          "%s has turns already; fork into a new conversation, or forget them with reset: true"
              .formatted(Excerpt.of(key.id())));
    }
    ForkPoint fork = request.fork().get();
    ConversationKey source = new ConversationKey(fork.conversationId());
    state.select(source);
    if (state.header().tokens() == 0) {
      throw new InvalidRequestException(
          "fork.conversation_id",
          ErrorCode.CONVERSATION_NOT_FOUND,
          "there is no conversation %s to fork, or it has no turns"
              .formatted(Excerpt.of(source.id())));
    }
    int tokens =
        state
            .tokensOf(fork.turn())
            .orElseThrow(
                () ->
                    new InvalidRequestException(
                        "fork.turn",
                        ErrorCode.TURN_NOT_FOUND,
                        "conversation %s has no turn %d"
                            .formatted(Excerpt.of(source.id()), fork.turn())));
    return forked(source, fork.turn(), tokens, state.header(), model);
  }

  private static Start.Forked forked(
      ConversationKey key, int turns, int tokens, ConversationHeader source, LanguageModel model) {
    KvLayout layout = model.kvLayout();
    OptionalInt window = model.config().window();
    int end = Math.min(tokens / layout.pageTokens(), source.endPage());
    if (window.isEmpty()) {
      end = (int) Math.min(end, FORK_BYTES / layout.pageBytes());
    }
    // As a KvCache of these pages would keep.
    int first =
        window.isEmpty()
            ? 0
            : Math.max(0, end * layout.pageTokens() - window.getAsInt() + 1) / layout.pageTokens();
    boolean usable =
        source.kv().equals(model.kvFingerprint())
            && source.firstPage() <= first
            && (long) (end - first) * layout.pageBytes() <= FORK_BYTES;
    return new Start.Forked(key, turns, tokens, usable ? first : 0, usable ? end : 0);
  }

  private static TurnInFlight newTurn(
      CompletionRequest request,
      Start start,
      ConversationHeader before,
      LanguageModel model,
      MistralSettings settings) {
    int tokens = tokensBefore(start, before);
    int mostPromptTokens = settings.limits().mostPromptTokens();
    Generation.Limits limits = settings.generationLimits(model);
    if (tokens > 0 && !before.tokenizer().equals(model.tokenizerFingerprint())) {
      throw new InvalidRequestException(
          "conversation_id",
          "the conversation was held with a model of another tokenizer; begin anew with reset:"
              + " true");
    }
    // To encode what is far too long would take as long as to answer it.
    checkLength(tokens, model.fewestTokens(request), "at least ", mostPromptTokens, limits);
    int[] prompt = model.encodeTurn(tokens == 0, request);
    checkLength(tokens, prompt.length, "", mostPromptTokens, limits);
    boolean cached = tokens > 0 && before.kv().equals(model.kvFingerprint());
    return new TurnInFlight(
        prompt,
        new int[0],
        cached ? cachedTokens(start, before, model.kvLayout()) : 0,
        Optional.of(new TurnInFlight.Terms(model.systemFingerprint(), limits)));
  }

  private static void checkLength(
      int before, int tokens, String about, int mostPromptTokens, Generation.Limits limits) {
    if (tokens > mostPromptTokens) {
      throw new InvalidRequestException(
          "messages",
          ErrorCode.REQUEST_TOO_LARGE,
          "the request has %s%d tokens, but at most %d are allowed"
              .formatted(about, tokens, mostPromptTokens));
    }
    if ((long) before + tokens >= limits.contextLimit()) {
      throw new InvalidRequestException(
          "messages",
          ErrorCode.CONTEXT_LENGTH_EXCEEDED,
          "the conversation has %d tokens and the request %s%d, but the context holds %d with at least one of the answer"
              .formatted(before, about, tokens, limits.contextLimit()));
    }
  }

  private static int tokensBefore(Start start, ConversationHeader before) {
    return switch (start) {
      case Start.Resumed(), Start.Restarted(), Start.Continued() -> before.tokens();
      case Start.Afresh() -> 0;
      case Start.Forked forked -> forked.tokens();
    };
  }

  /** What of the conversation state holds, which is the same in every run. */
  private static int cachedTokens(Start start, ConversationHeader before, KvLayout layout) {
    int endPage =
        switch (start) {
          case Start.Resumed(), Start.Continued() -> before.endPage();
          case Start.Restarted(), Start.Afresh() -> 0;
          case Start.Forked forked -> forked.endPage();
        };
    return endPage * layout.pageTokens();
  }

  /**
   * The most positions that the conversation can come to with this turn. The conversation's own
   * history must be selected, or for a fork anything.
   */
  int mostPositions(ConversationState state) throws Exception {
    state.select(key);
    Generation.Limits limits = limits();
    long most =
        (long) tokensBefore(start, state.header())
            + turn.prompt().length
            + queued.request().maxTokens().orElse(limits.maxTokens());
    return (int) Math.min(most, limits.contextLimit());
  }

  /** Whether the request had no turn before. */
  boolean isFirst() {
    return switch (start) {
      case Start.Resumed(), Start.Restarted() -> false;
      case Start.Continued(), Start.Afresh(), Start.Forked _ -> true;
    };
  }

  /** Where the answer ends at the latest. */
  Generation.Limits limits() {
    return turn.terms().orElseThrow().limits();
  }

  /** Writes down that the turn has begun, and selects its conversation. */
  void begin(ConversationState state, LanguageModel model) throws Exception {
    state.select(key);
    switch (start) {
      case Start.Resumed() -> state.resumeTurn(turn);
      case Start.Restarted() -> {
        state.restartPages("", 0); // They reach into the turn as it was.
        state.resumeTurn(turn);
      }
      case Start.Continued() -> state.beginTurn(turn);
      case Start.Afresh() -> {
        state.forget();
        state.beginTurn(turn);
      }
      case Start.Forked forked -> {
        state.forget();
        state.fork(forked, key);
        state.beginTurn(turn);
      }
    }
    ConversationHeader header = state.header();
    boolean isForkWithoutPages = start instanceof Start.Forked forked && forked.endPage() == 0;
    if (isForkWithoutPages || !header.kv().equals(model.kvFingerprint())) {
      state.restartPages(model.kvFingerprint(), rebuildFrom(header.tokens(), model));
    }
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
}
