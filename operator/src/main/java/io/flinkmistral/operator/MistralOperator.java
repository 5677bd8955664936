package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.BatchScheduler;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.generation.Pass;
import io.flinkmistral.generation.PassExecutor;
import io.flinkmistral.operator.coordination.AllAnswered;
import io.flinkmistral.operator.coordination.CheckpointBegins;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * Answers requests, keyed by conversation, with a language model.
 *
 * <p>A request is written to keyed state first. A conversation with requests is <i>waiting</i>
 * until it is among the few that are <i>live</i>, decoded together as one batch. The task's thread
 * never waits for the model: it hands a forward pass to the model's own thread and goes on; what
 * the pass gave comes back as one mail, which takes in the tokens, writes full pages to state,
 * emits, and hands over the next pass. Reading pages back is spread over mails, too. Between mails
 * Flink handles records, barriers, timers and watermarks.
 *
 * <p>What is in memory here can be lost at any moment: see {@link ConversationState}.
 */
final class MistralOperator extends AbstractStreamOperator<CompletionEvent>
    implements TwoInputStreamOperator<CompletionRequest, Void, CompletionEvent>,
        Triggerable<ConversationKey, VoidNamespace>,
        BoundedMultiInput,
        OperatorEventHandler {

  private static final long serialVersionUID = 1L;

  /** The input of requests; the other one has no records. */
  private static final int REQUESTS = 1;

  /** What one mail plans, about; an encoder takes in some MB a second. */
  private static final long BYTES_A_MAIL = 64 << 10;

  /** An unaligned checkpoint overtakes what waits; one that has not come after so long does not. */
  private static final long OVERTAKES_WITHIN_MILLIS = 1000;

  private static final int LOOKS_A_MAIL = 1000;

  private static final String TAKE_IN = "take in the tokens of a forward pass";

  private final MistralSettings settings;
  private final transient MailboxExecutor mailbox;
  private final transient OperatorEventGateway coordinator;
  private final transient Intake intake;
  private final boolean checkpointing;
  private final boolean overtaking;

  private transient LanguageModel model;
  private transient ConversationState state;
  private transient WatermarkGate gate;
  private transient RequestLine line;
  private transient TimeDecisions decisions;
  private transient Forks forks;
  private transient CacheRoom room;
  private transient Admission admission;
  private transient Expiry expiry;
  private transient Arrivals arrivals;
  private transient BatchScheduler scheduler;
  private transient EventOutput events;
  private transient OperatorMetrics statistics;
  private transient Map<Generation, LiveConversation> live;
  private transient boolean isRestored;
  private transient int restoring;
  private transient boolean passInFlight;
  private transient boolean workPosted;
  private transient boolean requestsEnded;
  private transient boolean heldOpen;

  /**
   * @param restoringInput whether the task still reads what a checkpoint kept of its input
   */
  MistralOperator(
      MistralSettings settings,
      StreamOperatorParameters<CompletionEvent> parameters,
      BooleanSupplier restoringInput) {
    super(parameters);
    this.settings = settings;
    this.mailbox = parameters.getMailboxExecutor();
    this.coordinator =
        parameters
            .getOperatorEventDispatcher()
            .getOperatorEventGateway(parameters.getStreamConfig().getOperatorID());
    StreamTask<?, ?> task = parameters.getContainingTask();
    this.intake =
        new Intake(
            task.getMailboxExecutorFactory().createExecutor(TaskMailbox.MIN_PRIORITY),
            restoringInput,
            settings.queueLimit(),
            settings.queueBytes());
    Configuration job = task.getEnvironment().getJobConfiguration();
    this.checkpointing = CheckpointingOptions.isCheckpointingEnabled(job);
    this.overtaking = checkpointing && CheckpointingOptions.isUnalignedCheckpointEnabled(job);
  }

  @Override
  public void initializeState(StateInitializationContext context) throws Exception {
    super.initializeState(context);
    isRestored = context.isRestored();
  }

  @Override
  public void open() throws Exception {
    super.open();
    model = ModelRegistry.get(settings.model(), getRuntimeContext());
    state =
        new ConversationState(getKeyedStateStore(), getOperatorStateBackend(), this::setCurrentKey);
    gate = new WatermarkGate();
    line = new RequestLine(gate, intake);
    decisions = TimeDecisions.of(checkpointing);
    forks = new Forks(state, decisions.fence());
    room = new CacheRoom(settings.kvPages(model.kvLayout()), model::newCache);
    admission = new Admission(settings, model, state, line, forks, room);
    expiry =
        new Expiry(
            settings.ttlMillis(),
            isRestored,
            getInternalTimerService("expiry", VoidNamespaceSerializer.INSTANCE, this),
            state,
            forks,
            decisions,
            this::forgotten);
    scheduler = new BatchScheduler(settings.prefillTokens());
    events = new EventOutput(output, model);
    live = new IdentityHashMap<>();
    statistics = new OperatorMetrics(getMetricGroup());
    statistics.gauge("liveConversations", live::size);
    statistics.gauge("unfinishedRequests", gate::unfinished);
    statistics.gauge("unfinishedRequestBytes", intake::bytes);
    statistics.gauge("idleCaches", room::idleConversations);
    statistics.gauge("evictedCaches", room::evictions);
    statistics.gauge("cacheBytes", model::cacheBytes);
    arrivals = new Arrivals(settings, state, line, forks, decisions, expiry, events, statistics);
    heldOpen = true;
    findUnfinished();
    if (isRestored && settings.ttlMillis() > 0 && !state.hadTtl(settings.ttlMillis())) {
      lookAfter(keysIn(ConversationState.HEADER).iterator());
    }
  }

  /** After a restore: the conversations that still have requests in state. */
  private void findUnfinished() throws Exception {
    try (Stream<?> any = allKeysIn(ConversationState.HEADER)) {
      any.findAny().ifPresent(ConversationKey::requireNew);
    }
    List<ConversationKey> keys = keysIn(ConversationState.QUEUE);
    for (ConversationKey key : keys) {
      arrivals.restore(key);
    }
    if (!keys.isEmpty()) {
      LOG.info("resuming {} conversations with unfinished requests", keys.size());
      mailbox.execute(this::work, "resume conversations");
    }
  }

  private List<ConversationKey> keysIn(String stateName) {
    try (Stream<ConversationKey> keys = allKeysIn(stateName)) {
      return keys.distinct().toList();
    }
  }

  private Stream<ConversationKey> allKeysIn(String stateName) {
    return this.<ConversationKey>getKeyedStateBackend().getKeys(stateName, VoidNamespace.INSTANCE);
  }

  /** The time to live is another one than before: a few conversations a mail. */
  private void lookAfter(Iterator<ConversationKey> keys) throws Exception {
    for (int i = 0; i < LOOKS_A_MAIL && keys.hasNext(); i++) {
      state.select(keys.next());
      expiry.lookAfter();
    }
    if (keys.hasNext()) {
      post("look after conversations", () -> lookAfter(keys));
    }
  }

  @Override
  public void processElement1(StreamRecord<CompletionRequest> record) throws Exception {
    CompletionRequest request = record.getValue();
    OptionalLong timestamp =
        record.hasTimestamp() ? OptionalLong.of(record.getTimestamp()) : OptionalLong.empty();
    arrivals.accept(request, timestamp);
    work();
    // Last, since mails change the current key: everything about this record is done.
    intake.awaitRoom();
  }

  @Override
  public void processElement2(StreamRecord<Void> none) {
    throw new IllegalStateException("the input that holds the job open has no records");
  }

  /** Lets conversations go live while there is room, and keeps the model busy. */
  private void work() throws Exception {
    long planned = 0;
    boolean more = true;
    while (more
        && planned < BYTES_A_MAIL
        && live.size() + restoring < settings.maxConversations()) {
      switch (admission.next()) {
        case Admission.Decision.Wait() -> more = false;
        case Admission.Decision.Refuse refusal -> {
          planned += RequestSize.bytes(refusal.queued().request());
          reject(refusal);
        }
        case Admission.Decision.Begin turn -> {
          planned += RequestSize.bytes(turn.plan().queued().request());
          restoring++;
          restore(turn);
        }
      }
    }
    if (more && planned >= BYTES_A_MAIL && !workPosted) {
      workPosted = true;
      post(
          "let conversations go live",
          () -> {
            workPosted = false;
            work();
          });
    }
    if (!passInFlight) {
      scheduler.nextPass().ifPresent(this::submit);
    }
  }

  /** Reads the next pages back; the rest in mails of their own. */
  private void restore(Admission.Decision.Begin turn) throws Exception {
    KvCache cache = turn.cache();
    int pageBytes = model.kvLayout().pageBytes();
    int page = cache.length() / model.kvLayout().pageTokens();
    long end = Math.min(turn.endPage(), page + Math.max(1, settings.restoreBytes() / pageBytes));
    state.select(turn.plan().key());
    for (; page < end; page++) {
      cache.restore(state.page(page));
    }
    if (page < turn.endPage()) {
      post(
          "read pages of a conversation",
          () -> {
            restore(turn);
            work();
          });
      return;
    }
    restoring--;
    LiveConversation conversation =
        LiveConversation.start(turn.plan(), state.history(), cache, model);
    live.put(conversation.generation(), conversation);
    scheduler.add(conversation.generation());
    statistics.turnBegan(turn.plan().turn());
  }

  private void submit(Pass pass) {
    passInFlight = true;
    model
        .executor()
        .submit(
            pass,
            new PassExecutor.Callback() {
              @Override
              public void done(Pass.Result result) {
                post(TAKE_IN, () -> passDone(result));
              }

              @Override
              public void failed(Throwable cause) {
                passFailed(cause);
              }
            });
  }

  private void passFailed(Throwable cause) {
    try {
      post(
          TAKE_IN,
          () -> {
            throw PassFailure.of(cause);
          });
    } catch (Throwable unposted) { // There is no memory for a mail: then without one.
      getContainingTask().getEnvironment().failExternally(cause);
    }
  }

  /** On the model's thread or the task's, which runs what mail is left after it has stopped. */
  private void post(String purpose, ThrowingRunnable<Exception> mail) {
    try {
      mailbox.execute(mail, purpose);
    } catch (RejectedExecutionException stopped) {
      // The task has stopped, perhaps with a savepoint: what is in state goes on elsewhere. To do
      // anything here, even to fail, would answer requests twice.
      LOG.debug("the task has stopped, and does not {}", purpose);
    }
  }

  private void passDone(Pass.Result result) throws Exception {
    passInFlight = false;
    statistics.passDone(result);
    List<Generation> generations = result.pass().generations();
    for (int i = 0; i < generations.size(); i++) {
      LiveConversation conversation = live.get(generations.get(i));
      state.select(conversation.key());
      takeIn(conversation, result.sampled()[i]);
    }
    work();
  }

  private void takeIn(LiveConversation conversation, int token) throws Exception {
    Generation generation = conversation.generation();
    KvCache cache = generation.cache();
    state.appendPages(cache.takeFilled(), cache.firstPage());
    if (token == Pass.NO_TOKEN) {
      return;
    }
    conversation.tokenDrawn();
    generation.accept(token).ifPresent(piece -> events.piece(conversation, piece));
    if (generation.finishReason().isPresent()) {
      complete(conversation);
    }
  }

  private void complete(LiveConversation conversation) throws Exception {
    Generation generation = conversation.generation();
    state.appendTurn(
        conversation.prompt(), generation.answerWithEos(), model.tokenizerFingerprint());
    live.remove(generation);
    scheduler.remove(generation);
    room.release(conversation.key());
    events.completed(conversation);
    String id = generation.request().requestId();
    finished(conversation.key(), state.removeAnswered(id, settings.rememberedRequests()));
  }

  private void reject(Admission.Decision.Refuse refusal) throws Exception {
    CompletionRequest request = refusal.queued().request();
    statistics.rejected();
    events.rejected(request, refusal.queued().timestamp(), refusal.cause());
    finished(refusal.key(), state.removeHead());
  }

  /** The selected conversation's first request is off the queue; {@code left} are left. */
  private void finished(ConversationKey key, int left) throws Exception {
    decisions.heads().movedOn(key, state.header().queueHead() - 1);
    if (left == 0) {
      if (state.isVoid() && !forks.isPending(key) && !decisions.fence().holds(key)) {
        state.clear();
        decisions.heads().forgotten(key);
      } else {
        expiry.used();
      }
    }
    line.finished(key, left);
    reportIfAllAnswered();
  }

  @Override
  public void onProcessingTime(InternalTimer<ConversationKey, VoidNamespace> timer)
      throws Exception {
    expiry.onTimer(timer.getKey(), timer.getTimestamp());
  }

  private void forgotten(ConversationKey key) {
    room.forget(key);
    statistics.expired();
  }

  @Override
  public void onEventTime(InternalTimer<ConversationKey, VoidNamespace> timer) {
    throw new IllegalStateException("no timer of event time is ever set");
  }

  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    gate.pass(() -> processWatermark(mark));
  }

  @Override
  public void processWatermark2(Watermark mark) {}

  @Override
  protected void processWatermarkStatus(WatermarkStatus status, int input) throws Exception {
    if (input == REQUESTS - 1) {
      gate.pass(() -> processWatermarkStatus(status));
    }
  }

  @Override
  public void handleOperatorEvent(OperatorEvent event) {
    if (!(event instanceof CheckpointBegins(long checkpoint))) {
      throw new IllegalArgumentException("an event that the coordinator does not send: " + event);
    }
    if (overtaking) {
      long soon = getProcessingTimeService().getCurrentProcessingTime() + OVERTAKES_WITHIN_MILLIS;
      getProcessingTimeService().registerTimer(soon, time -> intake.checkpointBegins(checkpoint));
    } else {
      intake.checkpointBegins(checkpoint);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    long checkpoint = context.getCheckpointId();
    intake.checkpointTaken(checkpoint);
    decisions.taken(checkpoint);
    state.rememberTtl(settings.ttlMillis());
    Object key = getCurrentKey();
    for (LiveConversation conversation : live.values()) {
      state.select(conversation.key());
      state.appendAnswer(conversation.takeUnsaved());
    }
    if (key != null) {
      setCurrentKey(key);
    }
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    super.notifyCheckpointComplete(checkpoint);
    for (ConversationKey key : decisions.completed(checkpoint)) {
      expiry.forgetIfExpired(key);
      line.movedOn(key);
    }
    work();
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) throws Exception {
    super.notifyCheckpointAborted(checkpoint);
    decisions.aborted(checkpoint);
  }

  @Override
  public void endInput(int input) throws Exception {
    if (input == REQUESTS) {
      requestsEnded = true;
      reportIfAllAnswered();
    } else {
      heldOpen = false;
    }
    if (requestsEnded && !heldOpen) {
      intake.awaitEnd(); // Where the job is drained, sources end before all is answered.
    }
  }

  private void reportIfAllAnswered() {
    if (requestsEnded && intake.isEmpty()) {
      coordinator.sendEventToCoordinator(new AllAnswered());
    }
  }

  @Override
  public void close() throws Exception {
    if (room != null) {
      List<KvCache> caches = room.removeAll();
      Runnable giveBack = () -> caches.forEach(KvCache::close);
      if (passInFlight) {
        model.executor().afterPasses(giveBack); // Until then they are being read.
      } else {
        giveBack.run();
      }
    }
    super.close();
  }
}
