package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.operator.moderation.JudgedText;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.ModerationReport.Judgement;
import java.util.Optional;

/** Decides which conversation goes live next, and makes room for it. */
final class Admission {
  /** What comes of the request that is next. */
  sealed interface Decision {
    /** There is none, or there is no room for it now. */
    record Wait() implements Decision {}

    /** It cannot be answered. */
    record Refuse(Conversation conversation, QueuedRequest queued, InvalidRequestException cause)
        implements Decision {}

    /** It is not answered, as something is wrong with what it says. */
    record Block(Conversation conversation, QueuedRequest queued, Judgement prompt)
        implements Decision {}

    /**
     * Its turn has begun. {@code cache} has room, and lacks the pages up to {@code endPage}; {@code
     * prompt} was judged before.
     */
    record Begin(TurnPlan plan, KvCache cache, int endPage, Optional<JudgedText> prompt)
        implements Decision {}
  }

  private record Candidate(TurnPlan plan, int pages) {
    ConversationKey key() {
      return plan.conversation().key();
    }
  }

  /** Of the conversation that is to go live next, its first request. */
  private record First(ConversationKey key, CompletionRequest request) {}

  private final MistralSettings settings;
  private final LanguageModel model;
  private final ConversationState state;
  private final RequestLine line;
  private final Forks forks;
  private final CacheRoom room;
  private final Retention retention;
  private final PromptJudging prompts;

  /** The first one in the line, while it waits for room. */
  private Candidate candidate;

  Admission(
      MistralSettings settings,
      LanguageModel model,
      ConversationState state,
      RequestLine line,
      Forks forks,
      CacheRoom room,
      Retention retention,
      PromptJudging prompts) {
    this.settings = settings;
    this.model = model;
    this.state = state;
    this.line = line;
    this.forks = forks;
    this.room = room;
    this.retention = retention;
    this.prompts = prompts;
  }

  /** What was planned may hold no longer: another conversation has been forgotten. */
  void planAnew() {
    candidate = null;
  }

  /**
   * @param whenMore is run, on any thread, when it is time to ask again for a form of an answer
   */
  Decision next(Runnable whenMore) throws Exception {
    if (candidate != null && !line.first().equals(Optional.of(candidate.key()))) {
      candidate = null; // One of a lower number has come.
    }
    if (candidate == null) {
      Optional<First> first = firstThatIsReady();
      if (first.isEmpty()) {
        return new Decision.Wait();
      }
      ConversationKey key = first.get().key();
      Optional<JudgedText> prompt = prompts.of(key);
      if (prompt.isPresent() && prompt.get().failure().isPresent()) {
        return refuse(key, prompt.get().failure().get());
      }
      if (prompt.isPresent() && prompt.get().isFlagged()) {
        return block(key, prompt.get().judgement().orElseThrow());
      }
      if (!model.isConstraintReady(first.get().request(), whenMore)) {
        return new Decision.Wait(); // The task's thread has other things to do meanwhile.
      }
      try {
        candidate = plan(key);
      } catch (InvalidRequestException e) {
        return refuse(key, e);
      }
    }
    if (!room.hasRoom(candidate.pages())) {
      return new Decision.Wait();
    }
    Candidate admitted = candidate;
    candidate = null;
    line.take();
    return begin(admitted.plan(), admitted.pages());
  }

  /**
   * A request ends before it is answered: what was planned is planned anew.
   *
   * @param first whether it is the conversation's first one
   * @param begun whether its turn had begun
   */
  void withdraw(ConversationKey key, QueuedRequest queued, boolean first, boolean begun) {
    candidate = null;
    if (first) {
      prompts.remove(key).ifPresent(JudgedText::cancel);
    }
    if (!begun) {
      forkIsDone(queued);
    }
  }

  private Optional<First> firstThatIsReady() throws Exception {
    while (line.first().isPresent()) {
      ConversationKey key = line.first().get();
      Conversation conversation = state.of(key);
      Optional<ConversationKey> other = otherToWaitFor(conversation);
      if (other.isEmpty()) {
        CompletionRequest request = conversation.head().request();
        if (!prompts.isJudged(conversation, request) && !prompts.begin(key, request)) {
          return Optional.empty();
        }
        if (prompts.isJudged(conversation, request)) {
          return Optional.of(new First(key, request));
        }
      }
      line.stepAside(other.orElse(key)); // Until the other moves on, or its own prompt is judged.
    }
    return Optional.empty();
  }

  private Optional<ConversationKey> otherToWaitFor(Conversation conversation) throws Exception {
    return conversation.turnInFlight().isPresent()
        ? Optional.empty()
        : forks.mustWaitFor(conversation);
  }

  private Candidate plan(ConversationKey key) throws Exception {
    TurnPlan plan = TurnPlan.of(key, state, model, settings);
    CompletionRequest request = plan.queued().request();
    int positions = plan.mostPositions();
    int pages = model.mostPages(request, plan.promptTokens(), positions, settings.prefillTokens());
    if (!room.canEverHold(pages)) {
      int choices = request.options().choices();
      int alone = model.kvWindow().mostPages(positions, settings.prefillTokens());
      String fewer = choices > 1 && room.canEverHold(alone) ? "n" : "max_tokens";
      throw new InvalidRequestException(
          fewer,
          ErrorCode.KV_MEMORY_EXCEEDED,
          "conversation, request and answer may come to %d tokens%s, whose keys and values take %d bytes, but option %s allows %d; ask for fewer %s"
              .formatted(
                  positions,
                  choices > 1 ? " in each of %d choices".formatted(choices) : "",
                  (long) pages * model.kvLayout().pageBytes(),
                  MistralOptions.KV_MEMORY.key(),
                  settings.kvBytes(),
                  fewer.equals("n") ? "choices" : fewer));
    }
    return new Candidate(plan, pages);
  }

  private Decision refuse(ConversationKey key, InvalidRequestException cause) throws Exception {
    QueuedRequest queued = takeUnanswered(key);
    return new Decision.Refuse(state.of(key), queued, cause);
  }

  private Decision block(ConversationKey key, Judgement prompt) throws Exception {
    QueuedRequest queued = takeUnanswered(key);
    return new Decision.Block(state.of(key), queued, prompt);
  }

  /** Takes the first request, which is not answered. */
  private QueuedRequest takeUnanswered(ConversationKey key) throws Exception {
    line.take();
    prompts.remove(key);
    Conversation conversation = state.of(key);
    QueuedRequest queued = conversation.head();
    if (conversation.turnInFlight().isPresent()) {
      // Pages reach into a turn that will not be: they begin anew.
      conversation.restartPages("", 0);
    } else {
      forkIsDone(queued);
    }
    return queued;
  }

  private Decision begin(TurnPlan plan, int pages) throws Exception {
    ConversationKey key = plan.conversation().key();
    switch (plan.start()) {
      case TurnPlan.Start.Continued() -> {}
      case TurnPlan.Start.Rewritten rewritten ->
          room.cut(key, rewritten.pages().first(), rewritten.pages().end());
      case TurnPlan.Start.Shortened shortened when shortened.fork().isPresent() -> room.forget(key);
      case TurnPlan.Start.Shortened shortened ->
          room.cut(key, shortened.pages().first(), shortened.pages().end());
      case TurnPlan.Start.Resumed(),
          TurnPlan.Start.Restarted(),
          TurnPlan.Start.Afresh(),
          TurnPlan.Start.Forked _ ->
          room.forget(key);
    }
    if (plan.start() instanceof TurnPlan.Start.Forked forked) {
      retention.read(forked.source().key());
    }
    plan.begin(model);
    if (plan.isFirst()) {
      forkIsDone(plan.queued());
    }
    if (forks.isPending(key)) {
      line.movedOn(key); // They may need nothing of this turn.
    }
    ConversationHeader header = plan.conversation().header();
    KvCache cache =
        room.reserve(key, pages).orElseGet(() -> room.open(key, pages, header.firstPage()));
    return new Decision.Begin(plan, cache, header.endPage(), prompts.remove(key));
  }

  private void forkIsDone(QueuedRequest queued) {
    Forks.source(queued.request())
        .ifPresent(
            source -> {
              forks.done(source, queued.sourceEnd());
              line.movedOn(source);
            });
  }
}
