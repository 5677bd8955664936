package io.flinkmistral.operator;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.generation.BatchScheduler;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.LanguageModel;
import io.flinkmistral.generation.Pass;
import io.flinkmistral.generation.PassExecutor;
import io.flinkmistral.generation.Piece;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Stream;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
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
 * Flink handles records, barriers and watermarks.
 *
 * <p>What is in memory here can be lost at any moment: see {@link ConversationState}.
 */
final class MistralOperator extends AbstractStreamOperator<CompletionEvent>
    implements OneInputStreamOperator<CompletionRequest, CompletionEvent>, BoundedOneInput {

  private static final long serialVersionUID = 1L;

  private static final String TAKE_IN = "take in the tokens of a forward pass";

  private final MistralSettings settings;
  private final transient MailboxExecutor mailbox;

  private transient LanguageModel model;
  private transient ConversationState state;
  private transient BatchScheduler scheduler;
  private transient WatermarkGate gate;
  private transient OperatorMetrics statistics;

  /** Arrival numbers of the unfinished requests of each conversation that has some. */
  private transient Map<String, Deque<Long>> unfinished;

  private transient Deque<String> waiting;
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
    state = new ConversationState(getKeyedStateStore());
    scheduler = new BatchScheduler(settings.prefillTokens());
    gate = new WatermarkGate();
    unfinished = new HashMap<>();
    waiting = new ArrayDeque<>();
    live = new IdentityHashMap<>();
    statistics =
        new OperatorMetrics(
            getMetricGroup(), () -> live.size(), gate::unfinished, model::cacheBytes);
    findUnfinished();
  }

  /** After a restore: the conversations that still have requests in state. */
  private void findUnfinished() throws Exception {
    List<String> keys;
    try (Stream<String> stream =
        this.<String>getKeyedStateBackend()
            .getKeys(ConversationState.QUEUE, VoidNamespace.INSTANCE)) {
      keys = stream.distinct().toList();
    }
    for (String key : keys) {
      setCurrentKey(key);
      for (int i = state.header().queued(); i > 0; i--) {
        arrived(key);
      }
    }
    if (!keys.isEmpty()) {
      LOG.info("resuming {} conversations with unfinished requests", keys.size());
      mailbox.execute(this::work, "resume conversations");
    }
  }

  @Override
  public void processElement(StreamRecord<CompletionRequest> record) throws Exception {
    CompletionRequest request = record.getValue();
    OptionalLong timestamp =
        record.hasTimestamp() ? OptionalLong.of(record.getTimestamp()) : OptionalLong.empty();
    state.enqueue(new QueuedRequest(request, timestamp, System.currentTimeMillis()));
    arrived(request.conversationId());
    work();
    // Last, since mails change the current key: everything about this record is done.
    while (gate.unfinished() >= settings.queueLimit()) {
      mailbox.yield();
    }
  }

  private void arrived(String key) {
    Deque<Long> arrivals = unfinished.get(key);
    if (arrivals == null) {
      arrivals = new ArrayDeque<>();
      unfinished.put(key, arrivals);
      waiting.addLast(key);
    }
    arrivals.addLast(gate.arrive());
  }

  /** Lets conversations go live while there is room, and keeps the model busy. */
  private void work() throws Exception {
    while (live.size() + restoring < settings.maxConversations() && !waiting.isEmpty()) {
      begin(waiting.removeFirst());
    }
    if (!passInFlight) {
      scheduler.nextPass().ifPresent(this::submit);
    }
  }

  private void begin(String key) throws Exception {
    setCurrentKey(key);
    QueuedRequest queued = state.head();
    TurnPlan plan;
    try {
      plan = TurnPlan.of(queued, state, model);
    } catch (InvalidRequestException e) {
      reject(key, queued, e);
      return;
    }
    restoring++;
    restore(key, plan, model.newCache(plan.firstPage()));
  }

  /** Reads the next pages back; the rest in mails of their own. */
  private void restore(String key, TurnPlan plan, KvCache cache) throws Exception {
    int pageBytes = model.kvLayout().pageBytes();
    int page = cache.length() / model.kvLayout().pageTokens();
    long end = Math.min(plan.endPage(), page + Math.max(1, settings.restoreBytes() / pageBytes));
    for (; page < end; page++) {
      cache.restore(state.page(page));
    }
    if (page < plan.endPage()) {
      post(
          "read pages of a conversation",
          () -> {
            setCurrentKey(key);
            restore(key, plan, cache);
            work();
          });
      return;
    }
    restoring--;
    Generation.Limits limits = new Generation.Limits(settings.maxTokens(), model.contextLimit());
    LiveConversation conversation = plan.start(key, cache, limits, model);
    live.put(conversation.generation(), conversation);
    scheduler.add(conversation.generation());
    statistics.turnBegan(plan.turn());
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
                post(
                    TAKE_IN,
                    () -> {
                      throw new IllegalStateException("a forward pass failed", cause);
                    });
              }
            });
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
      setCurrentKey(conversation.key());
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
    generation.accept(token).ifPresent(piece -> stream(conversation, piece));
    if (generation.finishReason().isPresent()) {
      complete(conversation);
    }
  }

  private void stream(LiveConversation conversation, Piece piece) {
    Generation generation = conversation.generation();
    CompletionRequest request = generation.request();
    if (request.stream()) {
      emit(
          conversation.timestamp(),
          new CompletionEvent.Chunk(
              request.requestId(),
              request.conversationId(),
              piece.index(),
              piece.text(),
              generation.finishReason()));
    }
  }

  private void complete(LiveConversation conversation) throws Exception {
    Generation generation = conversation.generation();
    CompletionRequest request = generation.request();
    state.appendTurn(conversation.prompt(), model.tokenizerFingerprint());
    state.appendTurn(generation.answerWithEos(), model.tokenizerFingerprint());
    live.remove(generation);
    scheduler.remove(generation);
    generation.cache().close();
    emit(
        conversation.timestamp(),
        new CompletionEvent.Completed(
            request.requestId(),
            request.conversationId(),
            model.name(),
            model.systemFingerprint(),
            generation.text(),
            generation.finishReason().orElseThrow(),
            generation.usage(),
            conversation.timings()));
    finished(conversation.key());
  }

  private void reject(String key, QueuedRequest queued, InvalidRequestException cause)
      throws Exception {
    CompletionRequest request = queued.request();
    statistics.rejected();
    emit(
        queued.timestamp(),
        new CompletionEvent.Rejected(
            request.requestId(),
            request.conversationId(),
            cause.parameter(),
            "invalid_request",
            cause.getMessage(),
            request.origin()));
    finished(key);
  }

  /** The current conversation's first request is answered. */
  private void finished(String key) throws Exception {
    int left = state.removeHead();
    long arrival = unfinished.get(key).removeFirst();
    if (left > 0) {
      waiting.addLast(key);
    } else {
      unfinished.remove(key);
    }
    gate.finish(arrival);
  }

  private void emit(OptionalLong timestamp, CompletionEvent event) {
    StreamRecord<CompletionEvent> record = new StreamRecord<>(event);
    timestamp.ifPresent(record::setTimestamp);
    output.collect(record);
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
      setCurrentKey(conversation.key());
      state.saveTurnInFlight(conversation.snapshot());
    }
    if (key != null) {
      setCurrentKey(key);
    }
  }

  @Override
  public void endInput() throws Exception {
    while (!unfinished.isEmpty()) {
      mailbox.yield();
    }
  }

  @Override
  public void close() throws Exception {
    // Caches that a pass in flight may be reading are left to the garbage collector.
    if (live != null && !passInFlight) {
      live.keySet().forEach(generation -> generation.cache().close());
      live.clear();
    }
    super.close();
  }
}
