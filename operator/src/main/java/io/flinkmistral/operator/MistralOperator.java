package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.mailbox.AnsweringOperator;
import io.flinkmistral.operator.metrics.MistralMetrics;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
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
final class MistralOperator extends AnsweringOperator<CompletionRequest, CompletionEvent>
    implements Triggerable<ConversationKey, VoidNamespace> {

  private static final long serialVersionUID = 1L;

  private final MistralSettings settings;
  private transient ConversationState state;
  private transient RequestLine line;
  private transient TimeDecisions decisions;
  private transient Forks forks;
  private transient CacheRoom room;
  private transient Expiry expiry;
  private transient Arrivals arrivals;
  private transient Turns turns;
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
        new ConversationState(getKeyedStateStore(), getOperatorStateBackend(), this::setCurrentKey);
    line = new RequestLine(gate(), intake());
    decisions = TimeDecisions.of(isCheckpointing());
    forks = new Forks(state, decisions.fence());
    room = new CacheRoom(settings.kvPages(model.kvLayout()), model::newCache);
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
    arrivals =
        new Arrivals(settings, state, line, forks, decisions, expiry, events, mistralMetrics);
    Admission admission = new Admission(settings, model, state, line, forks, room);
    turns =
        new Turns(
            settings, model, mails(), admission, room, events, mistralMetrics, this::finished);
    addGauges(model);
    Resumption resumption =
        new Resumption(getKeyedStateBackend(), state, arrivals, expiry, turns, mails());
    resumption.findUnfinished();
    if (isRestored && settings.ttlMillis() > 0 && !state.hadTtl(settings.ttlMillis())) {
      resumption.lookAfterAll();
    }
  }

  private void addGauges(LanguageModel model) {
    mistralMetrics.gauge("num_requests_running", this::running);
    mistralMetrics.gauge("num_requests_waiting", () -> unanswered() - running());
    mistralMetrics.gauge("unfinished_request_bytes", intake()::bytes);
    mistralMetrics.gauge("kv_cache_usage_perc", room::usage);
    mistralMetrics.gauge("kv_cache_idle_conversations", room::idleConversations);
    mistralMetrics.gauge("kv_cache_evictions_total", room::evictions);
    mistralMetrics.gauge("kv_cache_process_bytes", model::cacheBytes);
  }

  @Override
  public void processElement1(StreamRecord<CompletionRequest> record) throws Exception {
    CompletionRequest request = record.getValue();
    OptionalLong timestamp =
        record.hasTimestamp() ? OptionalLong.of(record.getTimestamp()) : OptionalLong.empty();
    arrivals.accept(request, timestamp);
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

  private void finished(Conversation conversation, int left) throws Exception {
    ConversationKey key = conversation.key();
    decisions.heads().movedOn(key, conversation.header().queueHead() - 1);
    if (left == 0) {
      if (conversation.isVoid() && !forks.isPending(key) && !decisions.fence().holds(key)) {
        conversation.clear();
        decisions.heads().forgotten(key);
      } else {
        expiry.used(conversation);
      }
    }
    line.finished(key, left);
    answered();
  }

  @Override
  public void onProcessingTime(InternalTimer<ConversationKey, VoidNamespace> timer)
      throws Exception {
    expiry.onTimer(timer.getKey(), timer.getTimestamp());
  }

  private void forgotten(ConversationKey key) {
    room.forget(key);
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
    state.rememberTtl(settings.ttlMillis());
    turns.save();
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    super.notifyCheckpointComplete(checkpoint);
    for (ConversationKey key : decisions.completed(checkpoint)) {
      expiry.forgetIfExpired(state.of(key));
      line.movedOn(key);
    }
    turns.work();
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) throws Exception {
    super.notifyCheckpointAborted(checkpoint);
    decisions.aborted(checkpoint);
  }

  @Override
  public void close() throws Exception {
    if (turns != null) {
      turns.close();
    }
    super.close();
  }
}
