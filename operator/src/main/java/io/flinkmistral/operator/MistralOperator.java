package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.BatchScheduler;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.generation.Pass;
import io.flinkmistral.generation.PassExecutor;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.InternalTimer;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.Triggerable;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
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
    implements OneInputStreamOperator<CompletionRequest, CompletionEvent>,
        Triggerable<ConversationKey, VoidNamespace>,
        BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final String TAKE_IN = "take in the tokens of a forward pass";

  private final MistralSettings settings;
  private final transient MailboxExecutor mailbox;

  private transient LanguageModel model;
  private transient ConversationState state;
  private transient WatermarkGate gate;
  private transient RequestLine line;
  private transient Forks forks;
  private transient CacheRoom room;
  private transient Admission admission;
  private transient Expiry expiry;
  private transient BatchScheduler scheduler;
  private transient EventOutput events;
  private transient OperatorMetrics statistics;
  private transient Map<Generation, LiveConversation> live;
  private transient int restoring;
  private transient boolean passInFlight;

  MistralOperator(MistralSettings settings, StreamOperatorParameters<CompletionEvent> parameters) {
    super(parameters);
    this.settings = settings;
    this.mailbox = parameters.getMailboxExecutor();
  }

  @Override
  public void open() throws Exception {
    super.open();
    model = ModelRegistry.get(settings.model(), getRuntimeContext());
    state = new ConversationState(getKeyedStateStore(), this::setCurrentKey);
    gate = new WatermarkGate();
    line = new RequestLine(gate);
    forks = new Forks(state);
    room = new CacheRoom(settings.kvPages(model.kvLayout()), model::newCache);
    admission = new Admission(settings, model, state, line, forks, room);
    expiry =
        new Expiry(
            settings.ttlMillis(),
            getInternalTimerService("expiry", VoidNamespaceSerializer.INSTANCE, this),
            state);
    scheduler = new BatchScheduler(settings.prefillTokens());
    events = new EventOutput(output, model);
    live = new IdentityHashMap<>();
    statistics = new OperatorMetrics(getMetricGroup());
    statistics.gauge("liveConversations", live::size);
    statistics.gauge("unfinishedRequests", gate::unfinished);
    statistics.gauge("idleCaches", room::idleConversations);
    statistics.gauge("evictedCaches", room::evictions);
    statistics.gauge("cacheBytes", model::cacheBytes);
    findUnfinished();
  }

  /** After a restore: the conversations that still have requests in state. */
  private void findUnfinished() throws Exception {
    try (Stream<?> any = keysIn(ConversationState.HEADER)) {
      any.findAny().ifPresent(ConversationKey::requireNew);
    }
    List<ConversationKey> keys;
    try (Stream<ConversationKey> stream = keysIn(ConversationState.QUEUE)) {
      keys = stream.distinct().toList();
    }
    for (ConversationKey key : keys) {
      state.select(key);
      ConversationHeader header = state.header();
      boolean begun = state.turnInFlight().isPresent();
      for (long ticket = header.queueHead(); ticket < header.queueEnd(); ticket++) {
        line.arrived(key);
        if (!begun || ticket > header.queueHead()) {
          forks.queued(state.queued(ticket));
        }
      }
    }
    if (!keys.isEmpty()) {
      LOG.info("resuming {} conversations with unfinished requests", keys.size());
      mailbox.execute(this::work, "resume conversations");
    }
  }

  private Stream<ConversationKey> keysIn(String stateName) {
    return this.<ConversationKey>getKeyedStateBackend().getKeys(stateName, VoidNamespace.INSTANCE);
  }

  @Override
  public void processElement(StreamRecord<CompletionRequest> record) throws Exception {
    CompletionRequest request = record.getValue();
    OptionalLong timestamp =
        record.hasTimestamp() ? OptionalLong.of(record.getTimestamp()) : OptionalLong.empty();
    arrived(request, timestamp);
    work();
    // Last, since mails change the current key: everything about this record is done.
    while (gate.unfinished() >= settings.queueLimit()) {
      mailbox.yield();
    }
  }

  private void arrived(CompletionRequest request, OptionalLong timestamp) throws Exception {
    ConversationKey key = new ConversationKey(request.conversationId());
    long sourceEnd = forks.sourceEnd(request);
    state.select(key);
    if (settings.rememberedRequests() > 0 && state.knows(request.requestId())) {
      statistics.repeated();
      LOG.info(
          "request {} of conversation {} came again",
          Excerpt.of(request.requestId()),
          Excerpt.of(String.valueOf(key)));
      return;
    }
    try {
      settings.limits().check(request, state.header().queued());
    } catch (InvalidRequestException e) {
      statistics.rejected();
      events.rejected(request, timestamp, e);
      return;
    }
    QueuedRequest queued =
        new QueuedRequest(request, timestamp, System.currentTimeMillis(), sourceEnd);
    state.enqueue(queued, settings.rememberedRequests() > 0);
    forks.queued(queued);
    line.arrived(key);
  }

  /** Lets conversations go live while there is room, and keeps the model busy. */
  private void work() throws Exception {
    boolean more = true;
    while (more && live.size() + restoring < settings.maxConversations()) {
      more =
          switch (admission.next()) {
            case Admission.Decision.Wait() -> false;
            case Admission.Decision.Refuse refusal -> {
              reject(refusal);
              yield true;
            }
            case Admission.Decision.Begin turn -> {
              restoring++;
              restore(turn);
              yield true;
            }
          };
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
    finished(refusal.key(), state.removeRefused(request.requestId()));
  }

  /** The selected conversation's first request is answered; {@code left} are left. */
  private void finished(ConversationKey key, int left) throws Exception {
    if (left == 0) {
      expiry.used();
    }
    line.finished(key, left);
  }

  @Override
  public void onProcessingTime(InternalTimer<ConversationKey, VoidNamespace> timer)
      throws Exception {
    ConversationKey key = timer.getKey();
    state.select(key);
    if (expiry.isDue(timer.getTimestamp(), forks.isPending(key))) {
      state.clear();
      room.forget(key);
      statistics.expired();
    }
  }

  @Override
  public void onEventTime(InternalTimer<ConversationKey, VoidNamespace> timer) {
    throw new IllegalStateException("no timer of event time is ever set");
  }

  @Override
  public void processWatermark(Watermark mark) throws Exception {
    gate.pass(() -> super.processWatermark(mark));
  }

  @Override
  public void processWatermarkStatus(WatermarkStatus status) throws Exception {
    gate.pass(() -> super.processWatermarkStatus(status));
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
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
  public void endInput() throws Exception {
    while (!line.isEmpty()) {
      mailbox.yield();
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
