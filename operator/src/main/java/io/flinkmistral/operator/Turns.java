package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.batch.EngineClient;
import io.flinkmistral.engine.batch.Progress;
import io.flinkmistral.generation.Choices;
import io.flinkmistral.generation.Drawn;
import io.flinkmistral.generation.Sequence;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.mailbox.Mails;
import io.flinkmistral.mailbox.PassFailure;
import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.operator.moderation.Judge;
import io.flinkmistral.operator.moderation.TurnJudging;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Usage;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Has turns decoded, on the task's thread: lets conversations go live while there is room for them,
 * takes in what the engine gives, and ends them. None of it waits for the engine, which goes on
 * meanwhile.
 */
final class Turns {
  private static final Usage NOTHING = new Usage(0, 0, 0);

  /** What one mail plans, about; an encoder takes in some MB a second. */
  private static final long BYTES_A_MAIL = 64 << 10;

  /** Told of requests that have ended. */
  interface Listener {
    /** A request is off the conversation's queue. */
    void ended(Conversation conversation, Conversation.Removed removed) throws Exception;

    /** The conversation's turn is over: nothing of it is under way any more. */
    void released(ConversationKey key);
  }

  private final MistralSettings settings;
  private final LanguageModel model;
  private final Mails mails;
  private final EngineClient engine;
  private final Admission admission;
  private final Judge judge;
  private final CacheRoom room;
  private final EventOutput events;
  private final MistralMetrics metrics;
  private final Listener listener;

  /** Whose answers have begun and are not all over; it knows no equality but identity. */
  private final Set<LiveConversation> conversations = new LinkedHashSet<>();

  /** By their sequences, which are being decoded or are ready. */
  private final Map<Sequence, LiveConversation> live = new IdentityHashMap<>();

  /** With which turns that have begun go on when there are places: they have memory. */
  private final Deque<Sequence> ready = new ArrayDeque<>();

  /** Ends that came before they can be taken in; for state, the engine is ahead by them. */
  private final List<Progress> held = new ArrayList<>();

  private final AtomicBoolean signalled = new AtomicBoolean();
  private boolean workPosted;

  /** Turns that have begun and whose pages are not all read back. */
  private final Set<Admission.Decision.Begin> restoring =
      Collections.newSetFromMap(new IdentityHashMap<>());

  /** Turns that were stopped, and that passes may still read. */
  private final Map<Sequence, Conversation> leaving = new IdentityHashMap<>();

  Turns(
      MistralSettings settings,
      LanguageModel model,
      Mails mails,
      Admission admission,
      Judge judge,
      CacheRoom room,
      EventOutput events,
      MistralMetrics metrics,
      Listener listener) {
    this.settings = settings;
    this.model = model;
    this.mails = mails;
    this.admission = admission;
    this.judge = judge;
    this.room = room;
    this.events = events;
    this.metrics = metrics;
    this.listener = listener;
    this.engine = model.engine().join(settings.batch(), this::signalled);
  }

  /** There is something to be done; on any thread. */
  private void signalled() {
    if (signalled.compareAndSet(false, true)) {
      mails.post("take in the tokens of forward passes", this::takeIn);
    }
  }

  /** Conversations that are being answered: they have memory. */
  int live() {
    return conversations.size() + restoring.size();
  }

  /** Lets conversations go live while there is room; those that are live come first. */
  void work() throws Exception {
    long planned = 0;
    boolean more = true;
    while (more && planned < BYTES_A_MAIL && engine.tryTakePlace()) {
      if (!ready.isEmpty()) {
        engine.start(ready.removeFirst());
        continue;
      }
      switch (admission.next(this::signalled)) {
        case Admission.Decision.Wait() -> {
          engine.givePlaceBack();
          more = false;
        }
        case Admission.Decision.Refuse refusal -> {
          engine.givePlaceBack();
          planned += RequestSize.bytes(refusal.queued().request());
          reject(refusal);
        }
        case Admission.Decision.Block blocked -> {
          engine.givePlaceBack();
          planned += RequestSize.bytes(blocked.queued().request());
          block(blocked);
        }
        case Admission.Decision.Begin turn -> {
          planned += RequestSize.bytes(turn.plan().queued().request());
          restoring.add(turn);
          restore(new PageReturn(turn, model, settings, metrics));
        }
      }
    }
    if (planned >= BYTES_A_MAIL && !workPosted) {
      workPosted = true;
      mails.post(
          "let conversations go live",
          () -> {
            workPosted = false;
            work();
          });
    }
  }

  /** Some pages come back now, and the rest in mails of their own. */
  private void restore(PageReturn pages) throws Exception {
    Admission.Decision.Begin turn = pages.turn();
    if (!restoring.contains(turn)) {
      return; // It was stopped.
    }
    if (pages.next()) {
      mails.post(
          "read pages of a conversation",
          () -> {
            restore(pages);
            work();
          });
      return;
    }
    Supplier<KvCache> branches = () -> room.branch(turn.plan().conversation().key());
    LiveConversation begun = LiveConversation.start(turn.plan(), turn.cache(), branches, model);
    restoring.remove(turn);
    conversations.add(begun);
    begun.beginJudging(judge, turn.prompt(), () -> judgedSome(begun));
    begun.choices().begin(sequence -> add(begun, sequence));
    engine.start(ready.removeFirst()); // On the place that was taken for the turn.
    metrics.turnBegan(begun.promptTokens(), begun.cachedTokens(), !turn.plan().isFirst());
  }

  private void add(LiveConversation conversation, Sequence sequence) {
    live.put(sequence, conversation);
    ready.addLast(sequence);
  }

  private void takeIn() throws Exception {
    signalled.set(false); // First: what comes from now on is another signal's.
    List<Progress> all = new ArrayList<>(held);
    held.clear();
    all.addAll(engine.take());
    for (Progress progress : all) {
      switch (progress) {
        case Progress.Advanced advanced when leaving.containsKey(advanced.sequence()) -> {
          if (advanced.ended()) {
            left(advanced.sequence());
          }
        }
        case Progress.Advanced advanced when mustWait(advanced) -> held.add(advanced);
        case Progress.Advanced advanced -> takeIn(live.get(advanced.sequence()), advanced);
        case Progress.Failed failed -> throw PassFailure.of(failed.cause());
        case Progress.Cancelled(Sequence sequence) -> left(sequence);
      }
    }
    work();
  }

  /**
   * Whether it may be the end of a turn of which is not encoded yet what the conversation keeps.
   */
  private boolean mustWait(Progress.Advanced advanced) {
    return advanced.ended() && !live.get(advanced.sequence()).kept().isReady(this::signalled);
  }

  /**
   * Stops the conversation's turn, if it is under way. What of it has been taken in is in state
   * then, and nothing more comes. The listener is told when no pass reads its pages any more.
   *
   * @return what was under way, as it is in state now; empty where nothing was
   */
  Optional<LiveConversation> stop(ConversationKey key) throws Exception {
    for (Admission.Decision.Begin turn : restoring) {
      if (turn.plan().conversation().key().equals(key)) {
        restoring.remove(turn);
        engine.givePlaceBack();
        leave(turn.plan().conversation());
        return Optional.empty();
      }
    }
    for (LiveConversation one : conversations) {
      if (one.conversation().key().equals(key)) {
        one.save();
        cancel(one);
        return Optional.of(one);
      }
    }
    return Optional.empty();
  }

  private void cancel(LiveConversation stopped) throws Exception {
    conversations.remove(stopped);
    stopped.judging().ifPresent(TurnJudging::cancel);
    Conversation conversation = stopped.conversation();
    List<Sequence> sequences =
        live.keySet().stream().filter(sequence -> live.get(sequence) == stopped).toList();
    for (Sequence sequence : sequences) {
      live.remove(sequence);
      if (!ready.remove(sequence)) {
        leaving.put(sequence, conversation);
        engine.cancel(sequence);
      }
    }
    leaveIfLast(conversation);
  }

  private void left(Sequence sequence) throws Exception {
    leaveIfLast(leaving.remove(sequence));
  }

  /** Not before the last of its sequences. */
  private void leaveIfLast(Conversation conversation) throws Exception {
    ConversationKey key = conversation.key();
    if (leaving.values().stream().noneMatch(other -> other.key().equals(key))) {
      leave(conversation);
    }
  }

  /** Memory holds no more of it than state. */
  private void leave(Conversation conversation) throws Exception {
    room.release(conversation.key());
    cutToState(conversation);
    listener.released(conversation.key());
  }

  /** Of the pages that memory keeps of it those go that are not in state. */
  void cutToState(Conversation conversation) throws Exception {
    ConversationHeader header = conversation.header();
    if (header.firstPage() < header.endPage()) {
      room.cut(conversation.key(), header.firstPage(), header.endPage());
    } else {
      room.forget(conversation.key());
    }
  }

  private void takeIn(LiveConversation conversation, Progress.Advanced advanced) throws Exception {
    conversation.takeIn(advanced, metrics);
    for (Drawn drawn : advanced.drawn()) {
      events.drawn(conversation, drawn);
    }
    if (advanced.ended()) {
      Choices choices = conversation.choices();
      live.remove(advanced.sequence());
      choices.ended(advanced.sequence(), sequence -> add(conversation, sequence));
      conversation.judging().ifPresent(judging -> haveJudged(choices, judging));
      endIfOver(conversation);
    }
  }

  /** Answers that have become whole, also those that were so before a restore. */
  private static void haveJudged(Choices choices, TurnJudging judging) {
    for (int i = 0; i < choices.count(); i++) {
      int choice = i;
      choices.completion(choice).ifPresent(whole -> judging.answered(choice, whole.answer()));
    }
  }

  /** More is known of a turn, unless it was stopped. */
  private void judgedSome(LiveConversation conversation) throws Exception {
    if (conversations.contains(conversation)) {
      endIfOver(conversation);
      work();
    }
  }

  private void endIfOver(LiveConversation conversation) throws Exception {
    Choices choices = conversation.choices();
    conversation.judgedAndUnsaid().forEach(choice -> events.judged(conversation, choice));
    if (!choices.areOver()) {
      return;
    }
    Optional<TurnJudging> judging = conversation.judging();
    boolean failed = choices.failure().isPresent();
    if (!failed && judging.isPresent() && !judging.get().isOver()) {
      return; // The engine does other things meanwhile.
    }
    conversations.remove(conversation);
    judging.ifPresent(TurnJudging::cancel);
    Optional<InvalidRequestException> failure =
        choices.failure().or(() -> judging.flatMap(TurnJudging::failure));
    if (failure.isPresent()) {
      fail(conversation, failure.get());
    } else {
      complete(conversation, conversation.judged(choices.completion()));
    }
  }

  /** There will be no answer, though it had begun. */
  private void fail(LiveConversation failed, InvalidRequestException cause) throws Exception {
    Conversation conversation = failed.conversation();
    room.release(conversation.key());
    drop(conversation, failed.request());
    metrics.rejected(cause.code());
    events.rejected(failed.request(), failed.timestamp(), cause);
    finish(conversation, conversation.removeHead());
  }

  /** A turn that has begun is none of the conversation's, which is where it was before. */
  void drop(Conversation conversation, CompletionRequest request) throws Exception {
    room.forget(conversation.key());
    if (request.fork().isPresent()) {
      conversation.forget(); // There will be no fork, either: it can be asked for again.
    } else {
      dropPagesOfTurn(conversation);
    }
    admission.planAnew(); // A fork of it may have been planned with the pages that it had.
  }

  /**
   * Pages that a turn which will not be has begun. Those of earlier turns stay, so that a fork
   * begins with the same ones before and after this; with a window some may be gone already, and
   * then the others are of no use.
   */
  private void dropPagesOfTurn(Conversation conversation) throws Exception {
    ConversationHeader header = conversation.header();
    int end = header.tokens() / model.kvLayout().pageTokens();
    boolean usable =
        model.kvWindow().tokens().isEmpty()
            || !TurnPlan.pagesWithin(header.tokens(), header, model)
                .equals(Conversation.PageRange.NONE);
    if (usable) {
      conversation.cutPages(end);
    } else {
      conversation.restartPages("", 0);
    }
  }

  private void finish(Conversation conversation, Conversation.Removed removed) throws Exception {
    listener.ended(conversation, removed);
    listener.released(conversation.key());
  }

  private void complete(LiveConversation live, Completion completion) throws Exception {
    Conversation conversation = live.conversation();
    if (completion.answer().isBlocked()) {
      room.release(conversation.key());
      drop(conversation, live.request());
    } else {
      boolean cut = live.end(completion, model);
      room.release(conversation.key());
      if (cut) {
        cutToState(conversation);
      }
    }
    events.completed(live, completion);
    metrics.completed(
        completion.finishReason(), completion.usage(), completion.sharedTokens(), live.times());
    finishAnswered(conversation, live.request());
  }

  private void finishAnswered(Conversation conversation, CompletionRequest request)
      throws Exception {
    finish(
        conversation,
        conversation.removeAnswered(
            conversation.header().queueHead(), request.requestId(), settings.rememberedRequests()));
  }

  /** A refusal that is an answer. */
  private void block(Admission.Decision.Block blocked) throws Exception {
    metrics.cut(FinishReason.CONTENT_FILTER, NOTHING);
    events.blocked(blocked.queued(), blocked.prompt());
    finishAnswered(blocked.conversation(), blocked.queued().request());
  }

  private void reject(Admission.Decision.Refuse refusal) throws Exception {
    CompletionRequest request = refusal.queued().request();
    metrics.rejected(refusal.cause().code());
    events.rejected(request, refusal.queued().timestamp(), refusal.cause());
    finish(refusal.conversation(), refusal.conversation().removeHead());
  }

  /** Writes to state what was taken in and is not there yet. */
  void save() throws Exception {
    for (LiveConversation conversation : conversations) {
      conversation.save();
    }
  }

  /** Leaves the engine, and gives all memory back when no pass reads it any more. */
  void close() {
    List<KvCache> caches = room.removeAll();
    engine.close(() -> caches.forEach(KvCache::close));
  }
}
