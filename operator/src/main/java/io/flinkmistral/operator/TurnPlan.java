package io.flinkmistral.operator;

import io.flinkmistral.cache.KvWindow;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.Choices;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.ForkPoint;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Arrays;
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
 * @param conversation whose turn it is
 * @param queued the request
 * @param start what comes before the turn
 * @param turn prompt and answer of this turn so far
 */
record TurnPlan(Conversation conversation, QueuedRequest queued, Start start, TurnInFlight turn) {

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

    /**
     * The first turns, as far as the request's whole dialogue begins with them; the others are
     * forgotten. Pages may reach further than the turns, into the request's own tokens.
     *
     * @param begun whether the turn had begun before a restore
     */
    record Rewritten(Conversation.Turns kept, Conversation.PageRange pages, boolean begun)
        implements Start {}

    /**
     * Some turns of the history, or of what another conversation is forked with; the others make
     * way. Pages are those of the turns at the beginning that stay.
     *
     * @param begun whether the turn had begun before a restore
     */
    record Shortened(
        Optional<Forked> fork, EndedTurns.Kept kept, Conversation.PageRange pages, boolean begun)
        implements Start {}

    /** Nothing: earlier turns are forgotten. */
    record Afresh() implements Start {}

    /**
     * The first turns of another conversation, which stays as it is until the turn begins; earlier
     * turns of this one are forgotten. Some of its pages are taken over, if that can be.
     */
    record Forked(Conversation source, int turns, int tokens, Conversation.PageRange pages)
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
    Conversation conversation = state.of(key);
    QueuedRequest queued = conversation.head();
    ConversationHeader header = conversation.header();
    Optional<TurnInFlight> begun = conversation.turnInFlight();
    if (begun.isPresent() && isOf(model, begun.get(), header)) {
      model.requireConstraint(queued.request());
      TurnInFlight turn = withTerms(begun.get(), header, model, settings);
      return new TurnPlan(conversation, queued, new Start.Resumed(), turn);
    }
    CompletionRequest request = queued.request();
    if (request.history() == HistoryMode.FULL) {
      return rewritten(conversation, queued, begun.isPresent(), model, settings);
    }
    Start start =
        begun.isPresent() ? new Start.Restarted() : start(conversation, request, state, model);
    int dropped = begun.map(TurnInFlight::droppedTurns).orElse(0);
    return newTurn(conversation, queued, start, dropped, model, settings);
  }

  /**
   * The prompt is the whole dialogue, whatever state holds: state only says what of it needs not be
   * computed. That is the pages of the tokens with which history and dialogue both begin.
   */
  private static TurnPlan rewritten(
      Conversation conversation,
      QueuedRequest queued,
      boolean begun,
      LanguageModel model,
      MistralSettings settings)
      throws Exception {
    Generation.Limits limits = settings.generationLimits(model);
    ContextFit fit =
        ContextFit.of(0, () -> EndedTurns.NONE, queued.request(), limits, model, settings);
    int[] dialogue = fit.prompt();
    ConversationHeader header = conversation.header();
    int equal = 0;
    if (header.tokenizer().equals(model.tokenizerFingerprint())) {
      int different = Arrays.mismatch(conversation.history(), dialogue);
      // The last token is computed in any case: the answer is drawn from its logits.
      equal = Math.min(different < 0 ? dialogue.length : different, dialogue.length - 1);
    }
    if (queued.request().options().promptLogprobs().isPresent()) {
      equal = 0; // All is taken in, so that all can be told of.
    }
    Conversation.Turns kept = conversation.turnsWithin(equal);
    Conversation.PageRange pages = pagesWithin(equal, header, model);
    return new TurnPlan(
        conversation,
        queued,
        new Start.Rewritten(kept, pages, begun),
        TurnInFlight.begun(
            Arrays.copyOfRange(dialogue, kept.tokens(), dialogue.length),
            pages.end() * model.kvLayout().pageTokens(),
            new TurnInFlight.Terms(model.systemFingerprint(), limits),
            fit.dropped()));
  }

  /** The pages of the first tokens, where they are of the model's kind and all that it needs. */
  static Conversation.PageRange pagesWithin(
      int tokens, ConversationHeader header, LanguageModel model) {
    int end = Math.min(tokens / model.kvLayout().pageTokens(), header.endPage());
    boolean usable =
        header.kv().equals(model.kvFingerprint())
            && header.firstPage() < end
            && header.firstPage()
                == model.kvWindow().firstKept(end * model.kvLayout().pageTokens());
    return usable
        ? new Conversation.PageRange(header.firstPage(), end)
        : Conversation.PageRange.NONE;
  }

  /** Whether a turn has begun with this model. */
  static boolean isOf(LanguageModel model, TurnInFlight turn, ConversationHeader conversation) {
    return turn.terms()
        .map(terms -> terms.fingerprint().equals(model.systemFingerprint()))
        // A turn that begins leaves the mark of its model on the pages.
        .orElseGet(() -> conversation.kv().equals(model.kvFingerprint()));
  }

  /** Where version 1 of the state has left out the limits, they are those of now that it fits. */
  static TurnInFlight withTerms(
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

  private static Start start(
      Conversation conversation,
      CompletionRequest request,
      ConversationState state,
      LanguageModel model)
      throws Exception {
    if (request.fork().isEmpty()) {
      requireTurns(conversation, request.turn().fewestTurns());
      return request.reset() ? new Start.Afresh() : new Start.Continued();
    }
    if (conversation.header().tokens() > 0 && !request.reset()) {
      throw new InvalidRequestException(
          "conversation_id",
          ErrorCode.CONVERSATION_EXISTS,
          "%s has turns already; fork into a new conversation, or forget them with reset: true"
              .formatted(Excerpt.of(conversation.key().id())));
    }
    ForkPoint fork = request.fork().get();
    Conversation source = state.of(new ConversationKey(fork.conversationId()));
    String name = Excerpt.of(source.key().id());
    if (source.header().tokens() == 0) {
      throw new InvalidRequestException(
          "fork.conversation_id",
          ErrorCode.CONVERSATION_NOT_FOUND,
          "there is no conversation %s to fork, or it has no turns".formatted(name));
    }
    OptionalInt tokens = source.tokensOf(fork.turn());
    if (tokens.isEmpty()) {
      throw new InvalidRequestException(
          "fork.turn",
          ErrorCode.TURN_NOT_FOUND,
          "conversation %s has no turn %d".formatted(name, fork.turn()));
    }
    return forked(source, fork.turn(), tokens.getAsInt(), model);
  }

  private static void requireTurns(Conversation conversation, int fewest) throws Exception {
    if (fewest > 0 && conversation.tokensOf(fewest).isEmpty()) {
      throw new InvalidRequestException(
          "fork.turn",
          ErrorCode.TURN_NOT_FOUND,
          "conversation %s has no turn %d".formatted(Excerpt.of(conversation.key().id()), fewest));
    }
  }

  private static Start.Forked forked(
      Conversation conversation, int turns, int tokens, LanguageModel model) throws Exception {
    ConversationHeader source = conversation.header();
    KvLayout layout = model.kvLayout();
    KvWindow window = model.kvWindow();
    int end = Math.min(tokens / layout.pageTokens(), source.endPage());
    if (window.tokens().isEmpty()) {
      end = (int) Math.min(end, FORK_BYTES / layout.pageBytes());
    }
    int first = window.firstKept(end * layout.pageTokens());
    boolean usable =
        source.kv().equals(model.kvFingerprint())
            && source.firstPage() <= first
            && (long) (end - first) * layout.pageBytes() <= FORK_BYTES;
    return new Start.Forked(
        conversation,
        turns,
        tokens,
        usable ? new Conversation.PageRange(first, end) : Conversation.PageRange.NONE);
  }

  private static TurnPlan newTurn(
      Conversation conversation,
      QueuedRequest queued,
      Start start,
      int dropped,
      LanguageModel model,
      MistralSettings settings)
      throws Exception {
    Conversation source = start instanceof Start.Forked forked ? forked.source() : conversation;
    ConversationHeader before = source.header();
    int tokens = tokensBefore(start, before);
    Generation.Limits limits = settings.generationLimits(model);
    if (tokens > 0 && !before.tokenizer().equals(model.tokenizerFingerprint())) {
      throw new InvalidRequestException(
          "conversation_id",
          "the conversation was held with a model of another tokenizer; begin anew with reset:"
              + " true");
    }
    if (tokens > 0 && queued.request().options().promptLogprobs().isPresent()) {
      throw new InvalidRequestException(
          "prompt_logprobs",
          "prompt_logprobs are of a conversation's first turn alone, whose prompt is all that comes before the answer, but this one has %d tokens of earlier turns; begin anew with reset: true, or send the whole dialogue with history \"full\""
              .formatted(tokens));
    }
    int turns = start instanceof Start.Forked forked ? forked.turns() : Integer.MAX_VALUE;
    ContextFit fit =
        ContextFit.of(
            tokens, () -> source.endedTurns(turns), queued.request(), limits, model, settings);
    Start shortened =
        fit.kept().isPresent() ? shortened(start, fit.kept().get(), before, model) : start;
    boolean cached = tokens > 0 && before.kv().equals(model.kvFingerprint());
    return new TurnPlan(
        conversation,
        queued,
        shortened,
        TurnInFlight.begun(
            fit.prompt(),
            cached ? cachedTokens(shortened, before, model.kvLayout()) : 0,
            new TurnInFlight.Terms(model.systemFingerprint(), limits),
            dropped + fit.dropped()));
  }

  private static Start shortened(
      Start start, EndedTurns.Kept kept, ConversationHeader before, LanguageModel model) {
    boolean continued = start instanceof Start.Continued;
    return new Start.Shortened(
        start instanceof Start.Forked forked ? Optional.of(forked) : Optional.empty(),
        kept,
        continued ? pagesWithin(kept.leading(), before, model) : Conversation.PageRange.NONE,
        start instanceof Start.Restarted);
  }

  private static int tokensBefore(Start start, ConversationHeader before) {
    return switch (start) {
      case Start.Resumed(), Start.Restarted(), Start.Continued() -> before.tokens();
      case Start.Rewritten rewritten -> rewritten.kept().tokens();
      case Start.Shortened shortened -> shortened.kept().tokens();
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
          case Start.Rewritten rewritten -> rewritten.pages().end();
          case Start.Shortened shortened -> shortened.pages().end();
          case Start.Forked forked -> forked.pages().end();
        };
    return endPage * layout.pageTokens();
  }

  /**
   * What is known of the conversation when the turn has begun: its prompt, and the answer, unless
   * the prompt is taken in by itself.
   */
  int[] tokens() throws Exception {
    int[] history = conversation.history();
    int[] prompt = turn.prompt();
    int[] answer = Choices.isPromptByItself(queued.request()) ? new int[0] : turn.generated();
    int[] all = Arrays.copyOf(history, history.length + prompt.length + answer.length);
    System.arraycopy(prompt, 0, all, history.length, prompt.length);
    System.arraycopy(answer, 0, all, history.length + prompt.length, answer.length);
    return all;
  }

  /** Tokens of the conversation before the answer. */
  int promptTokens() throws Exception {
    return tokensBefore(start, conversation.header()) + turn.prompt().length;
  }

  /** The most positions that the conversation can come to with this turn. */
  int mostPositions() throws Exception {
    Generation.Limits limits = limits();
    long most =
        (long) promptTokens() + queued.request().stop().maxTokens().orElse(limits.maxTokens());
    return (int) Math.min(most, limits.contextLimit());
  }

  /** Whether the request had no turn before. */
  boolean isFirst() {
    return switch (start) {
      case Start.Resumed(), Start.Restarted() -> false;
      case Start.Rewritten rewritten -> !rewritten.begun();
      case Start.Shortened shortened -> !shortened.begun();
      case Start.Continued(), Start.Afresh(), Start.Forked _ -> true;
    };
  }

  /** Where the answer ends at the latest. */
  Generation.Limits limits() {
    return turn.terms().orElseThrow().limits();
  }

  /**
   * Where several answers go on with one prompt, it is read back up to its end. And where it is to
   * be told how likely its tokens were, it is taken in again: that is not in state.
   */
  private void dropPagesOfAnswers(LanguageModel model) throws Exception {
    CompletionRequest request = queued.request();
    if (request.options().promptLogprobs().isPresent()) {
      conversation.restartPages(model.kvFingerprint(), 0);
    } else if (Choices.isPromptByItself(request)) {
      conversation.cutPages((promptTokens() - 1) / model.kvLayout().pageTokens());
    }
  }

  /** Writes down that the turn has begun. */
  void begin(LanguageModel model) throws Exception {
    boolean withoutPages = false;
    switch (start) {
      case Start.Resumed() -> {
        conversation.resumeTurn(turn);
        dropPagesOfAnswers(model);
      }
      case Start.Restarted() -> {
        conversation.restartPages("", 0); // They reach into the turn as it was.
        conversation.restartTurn(turn);
      }
      case Start.Continued() -> conversation.beginTurn(turn);
      case Start.Rewritten rewritten -> {
        conversation.cut(rewritten.kept(), rewritten.pages());
        conversation.restartTurn(turn);
        withoutPages = rewritten.pages().equals(Conversation.PageRange.NONE);
      }
      case Start.Shortened shortened -> {
        if (shortened.fork().isPresent()) {
          conversation.forget();
          Start.Forked fork = shortened.fork().get();
          conversation.branchOff(fork.source(), fork.turns(), Conversation.PageRange.NONE);
        }
        conversation.keep(shortened.kept(), model.bosId(), shortened.pages());
        conversation.restartTurn(turn);
        withoutPages = shortened.pages().equals(Conversation.PageRange.NONE);
      }
      case Start.Afresh() -> {
        conversation.forget();
        conversation.beginTurn(turn);
      }
      case Start.Forked forked -> {
        conversation.forget();
        conversation.branchOff(forked.source(), forked.turns(), forked.pages());
        conversation.beginTurn(turn);
        withoutPages = forked.pages().equals(Conversation.PageRange.NONE);
      }
    }
    ConversationHeader header = conversation.header();
    if (withoutPages || !header.kv().equals(model.kvFingerprint())) {
      int from = model.kvWindow().firstToRebuild(header.tokens(), model.config().layers());
      conversation.restartPages(model.kvFingerprint(), from);
    }
  }
}
