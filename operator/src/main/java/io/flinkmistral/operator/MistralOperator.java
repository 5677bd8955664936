package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.mailbox.AnsweringOperator;
import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.operator.model.ModelRegistry;
import io.flinkmistral.operator.moderation.Judge;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ControlRequest;
import io.flinkmistral.protocol.FinishReason;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * Answers requests, keyed by conversation, with a language model: Flink's side of it, with its
 * records, state, mails, timers, watermarks and checkpoints.
 *
 * <p>A request is written to keyed state first ({@link Arrivals}). A conversation with requests is
 * <i>waiting</i> until it is among the few that are <i>live</i> ({@link Turns}), decoded in the one
 * batch of all who share the model. The task's thread never waits for the model, nor the model for
 * it: what passes give comes as mails, which take in the tokens, write full pages to state, and
 * emit. Between mails Flink handles records, barriers, timers and watermarks.
 *
 * <p>What is in memory here can be lost at any moment: see {@link ConversationState}.
 */
final class MistralOperator extends AnsweringOperator<ClientRecord, CompletionEvent>
    implements Triggerable<ConversationKey, VoidNamespace> {

  private static final long serialVersionUID = 1L;

  private final MistralSettings settings;
  private transient ConversationState state;
  private transient RequestLine line;
  private transient TimeDecisions decisions;
  private transient Forks forks;
  private transient CacheRoom room;
  private transient Expiry expiry;
  private transient Retention retention;
  private transient Arrivals arrivals;
  private transient Judge judge;
  private transient Turns turns;
  private transient Deadlines deadlines;
  private transient LastPieces lastPieces;
  private transient Endings endings;
  private transient Forgetting forgetting;
  private transient Controls controls;
  private transient MistralMetrics mistralMetrics;
  private transient boolean isRestored;

  /**
   * @param restoringInput whether the task still reads what a checkpoint kept of its input
   */
  MistralOperator(
      MistralSettings settings,
      StreamOperatorParameters<CompletionEvent> parameters,
      BooleanSupplier restoringInput) {
    super(parameters, restoringInput, settings.queueLimit(), settings.queueBytes());
    this.settings = settings;
    intake().readOn(); // Cancellations may stand behind requests.
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    isRestored = context.isRestored();
  }

  @Override
  public void open() throws Exception {
    super.open();
    LanguageModel model = ModelRegistry.get(settings.model(), getRuntimeContext());
    state =
        new ConversationState(
            getKeyedStateStore(),
            getOperatorStateBackend(),
            this::setCurrentKey,
            settings.retention().keepsAny());
    deadlines =
        new Deadlines(
            getProcessingTimeService(),
            (key, ticket) -> endings.end(key, ticket, FinishReason.TIMEOUT),
            () -> turns.work());
    line =
        new RequestLine(
            gate(), intake(), deadlines, settings.ageingMillis(), System::currentTimeMillis);
    decisions = TimeDecisions.of(isCheckpointing());
    forks = new Forks(state, decisions.fence(), model.kvWindow());
    room = new CacheRoom(settings.kvPages(model.kvLayout()), first -> newCache(model, first));
    retention =
        new Retention(
            settings.retention(),
            model.kvLayout().pageBytes(),
            state,
            getProcessingTimeService(),
            mails(),
            this::pagesDropped);
    mistralMetrics = new MistralMetrics(getMetricGroup());
    expiry =
        new Expiry(
            settings.ttlMillis(),
            isRestored,
            getInternalTimerService("expiry", VoidNamespaceSerializer.INSTANCE, this),
            state,
            forks,
            decisions,
            this::forgotten);
    EventOutput events = new EventOutput(output, model);
    lastPieces = new LastPieces(state, events, isCheckpointing());
    arrivals =
        new Arrivals(
            settings, state, line, forks, decisions, expiry, retention, events, mistralMetrics);
    judge = new Judge(model, settings.stateless(), mails());
    PromptJudging prompts =
        new PromptJudging(model, judge, settings.maxConversations(), this::promptJudged);
    Admission admission =
        new Admission(settings, model, state, line, forks, room, retention, prompts);
    turns =
        new Turns(
            settings,
            model,
            mails(),
            admission,
            judge,
            room,
            events,
            mistralMetrics,
            new EndOfTurns());
    endings =
        new Endings(
            settings,
            model,
            state,
            decisions.fence(),
            admission,
            turns,
            new Endings.Outcomes(events, lastPieces, mistralMetrics, line, new EndOfTurns()));
    forgetting =
        new Forgetting(
            settings.forgetForks(),
            this::allConversations,
            state,
            line,
            decisions.fence(),
            endings,
            expiry,
            this::clearIfForgotten);
    controls = new Controls(model, state, line, endings, forgetting, events);
    addGauges(model);
    Resumption resumption =
        new Resumption(
            getKeyedStateBackend(), state, arrivals, expiry, deadlines, lastPieces, turns, mails());
    resumption.findUnfinished();
    if (isRestored && settings.ttlMillis() > 0 && !state.hadTtl(settings.ttlMillis())) {
      resumption.lookAfterAll();
    }
    if (isRestored) {
      resumption.findPages(retention);
    }
  }

  private KvCache newCache(LanguageModel model, int firstPage) {
    KvCache cache = model.newCache(firstPage);
    if (!settings.retention().keepsAny()) {
      cache.reportNothing();
    }
    return cache;
  }

  private void promptJudged(ConversationKey key) throws Exception {
    line.movedOn(key);
    turns.work();
  }

  private void pagesDropped(ConversationKey key) {
    room.forget(key);
    endings.forgotten();
  }

  private void addGauges(LanguageModel model) {
    mistralMetrics.gauge("num_requests_running", this::running);
    mistralMetrics.gauge("num_requests_waiting", () -> unanswered() - running());
    mistralMetrics.gauge("unfinished_request_bytes", intake()::bytes);
    mistralMetrics.gauge("kv_cache_usage_perc", room::usage);
    mistralMetrics.gauge("kv_cache_idle_conversations", room::idleConversations);
    mistralMetrics.gauge("kv_cache_evictions_total", room::evictions);
    mistralMetrics.gauge("kv_cache_process_bytes", model::cacheBytes);
    mistralMetrics.gauge("state_idle_page_bytes", retention::bytes);
    mistralMetrics.gauge("dropped_page_conversations_total", retention::drops);
    mistralMetrics.gauge("kv_cache_shared_bytes", model::sharedBytes);
  }

  @Override
  public void processElement1(StreamRecord<ClientRecord> record) throws Exception {
    OptionalLong timestamp =
        record.hasTimestamp() ? OptionalLong.of(record.getTimestamp()) : OptionalLong.empty();
    switch (record.getValue()) {
      case CompletionRequest request -> arrivals.accept(request, timestamp);
      case ControlRequest control -> controls.accept(control, timestamp);
    }
    deadlines.endOverdue(); // Before they begin; also those that a restore has brought.
    turns.work();
    // Last, since mails change the current key: everything about this record is done.
    intake().awaitRoom();
  }

  /** Requests that are neither answered nor refused. */
  int unanswered() {
    return gate().unfinished();
  }

  /** Those of them that are being answered. */
  int running() {
    return turns.live();
  }

  private final class EndOfTurns implements Turns.Listener {
    @Override
    public void ended(Conversation conversation, Conversation.Removed removed) throws Exception {
      ConversationKey key = conversation.key();
      decisions.ends().ended(key);
      if (removed.left() == 0 && !clearIfVoid(conversation)) {
        expiry.used(conversation);
        retention.used(conversation);
      } else {
        retention.turnEnded(conversation);
      }
      line.ended(key, removed.ticket());
      answered();
    }

    @Override
    public void released(ConversationKey key) {
      line.released(key);
    }
  }

  private boolean clearIfForgotten(Conversation conversation) throws Exception {
    room.forget(conversation.key());
    retention.forgotten(conversation.key());
    return clearIfVoid(conversation);
  }

  private List<ConversationKey> allConversations() {
    KeyedStateBackend<ConversationKey> backend = getKeyedStateBackend();
    try (Stream<ConversationKey> keys =
        backend.getKeys(ConversationState.HEADER, VoidNamespace.INSTANCE)) {
      return keys.distinct().toList();
    }
  }

  /** Nothing is kept of a conversation of which nothing is left. */
  private boolean clearIfVoid(Conversation conversation) throws Exception {
    ConversationKey key = conversation.key();
    boolean clear = conversation.isVoid() && !forks.isPending(key) && !decisions.fence().holds(key);
    if (clear) {
      conversation.clear();
    }
    return clear;
  }

  @Override
  protected boolean allIsSaid() {
    return super.allIsSaid() && lastPieces.isEmpty();
  }

  @Override
  protected void noCheckpointComes() throws Exception {
    lastPieces.emitAll();
    release(decisions.open());
  }

  private void release(List<ConversationKey> keys) throws Exception {
    for (ConversationKey key : keys) {
      Conversation conversation = state.of(key);
      expiry.forgetIfExpired(conversation);
      clearIfVoid(conversation);
      line.movedOn(key);
    }
    forgetting.clear();
    turns.work();
  }

  @Override
  public void onProcessingTime(InternalTimer<ConversationKey, VoidNamespace> timer)
      throws Exception {
    expiry.onTimer(timer.getKey(), timer.getTimestamp());
  }

  private void forgotten(ConversationKey key) {
    room.forget(key);
    retention.forgotten(key);
    mistralMetrics.expired();
  }

  @Override
  public void onEventTime(InternalTimer<ConversationKey, VoidNamespace> timer) {
    throw new IllegalStateException("no timer of event time is ever set");
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    long checkpoint = context.getCheckpointId();
    decisions.taken(checkpoint);
    lastPieces.taken(checkpoint);
    state.rememberTtl(settings.ttlMillis());
    turns.save();
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    super.notifyCheckpointComplete(checkpoint);
    boolean unsaid = !lastPieces.isEmpty();
    lastPieces.completed(checkpoint);
    release(decisions.completed(checkpoint));
    if (unsaid && lastPieces.isEmpty()) {
      answered();
    }
  }

  @Override
  public void close() throws Exception {
    if (turns != null) {
      turns.close();
    }
    if (judge != null) {
      judge.close();
    }
    super.close();
  }
}
