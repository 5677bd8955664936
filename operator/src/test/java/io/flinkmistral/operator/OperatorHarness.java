package io.flinkmistral.operator;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.mailbox.coordination.CheckpointBegins;
import io.flinkmistral.operator.model.ModelRegistry;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.operator.serialization.CompletionEventSerializer;
import io.flinkmistral.protocol.ClientRecord;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.api.common.functions.SerializerFactory;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.execution.SavepointFormatType;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.checkpoint.SavepointType;
import org.apache.flink.runtime.state.DefaultKeyedStateStore;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.runtime.state.VoidNamespaceSerializer;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.runtime.state.heap.HeapKeyedStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperatorFactory;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.mailbox.Mail;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.streaming.util.MockStreamingRuntimeContext;

/** One subtask of the operator, whose mails the test runs. */
final class OperatorHarness implements AutoCloseable {
  static final int MAX_PARALLELISM = 8;

  private final Subtask harness;

  OperatorHarness(Configuration options, int parallelism, int subtask) throws Exception {
    this(MistralSettings.of(options), parallelism, subtask);
  }

  OperatorHarness(MistralSettings settings, int parallelism, int subtask) throws Exception {
    harness = new Subtask(settings, parallelism, subtask);
    harness.setStateBackend(new HashMapStateBackend());
  }

  /** Flink's harness, with requests on the first of two inputs. */
  @SuppressWarnings("try") // It is closed by the outer class, which throws no InterruptedException.
  static final class Subtask extends AbstractStreamOperatorTestHarness<CompletionEvent> {
    private Subtask(MistralSettings settings, int parallelism, int subtask) throws Exception {
      super(new Factory(settings), MAX_PARALLELISM, parallelism, subtask);
      KeySelector<ClientRecord, ConversationKey> key =
          record -> new ConversationKey(record.conversationId());
      config.setStatePartitioner(0, key);
      config.setStateKeySerializer(
          MistralTypes.CONVERSATION.createSerializer(executionConfig.getSerializerConfig()));
      config.serializeAllConfigs();
    }

    private MistralOperator mistral() {
      return (MistralOperator) operator;
    }

    private void process(StreamRecord<ClientRecord> record) throws Exception {
      mistral().setKeyContextElement1(record);
      mistral().processElement1(record);
    }

    /** Entries of all keyed states; on the heap. */
    int numKeyedStateEntries() {
      return ((HeapKeyedStateBackend<?>) getOperator().getKeyedStateBackend())
          .numKeyValueStateEntries();
    }
  }

  /** Of operators whose task has read what a checkpoint kept of its input. */
  private static final class Factory extends AbstractStreamOperatorFactory<CompletionEvent>
      implements TwoInputStreamOperatorFactory<ClientRecord, Void, CompletionEvent> {
    private static final long serialVersionUID = 1L;

    private final MistralSettings settings;

    Factory(MistralSettings settings) {
      this.settings = settings;
    }

    @Override
    public <T extends StreamOperator<CompletionEvent>> T createStreamOperator(
        StreamOperatorParameters<CompletionEvent> parameters) {
      @SuppressWarnings("unchecked") // Flink's interface leaves the operator's type open.
      T operator = (T) new MistralOperator(settings, parameters, () -> false);
      return operator;
    }

    @Override
    public Class<? extends StreamOperator<CompletionEvent>> getStreamOperatorClass(
        ClassLoader classLoader) {
      return MistralOperator.class;
    }
  }

  /** As in a job with checkpoints; before {@link #open}. */
  void withCheckpoints() {
    harness
        .getEnvironment()
        .getJobConfiguration()
        .set(CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofSeconds(1));
  }

  /** The coordinator says that a checkpoint begins. */
  void checkpointBegins(long id) {
    harness.mistral().handleOperatorEvent(new CheckpointBegins(id));
  }

  static Configuration options() {
    Configuration options = new Configuration();
    options.set(MistralOptions.MODEL_PATH, TinyMistral.file().toString());
    options.set(MistralOptions.THREADS, 1);
    options.set(MistralOptions.MAX_TOKENS, 160);
    return options;
  }

  /** For an engine of its own, which decodes one conversation after the other. */
  static Configuration oneAtATime() {
    return options()
        .set(MistralOptions.MODEL_NAME, "one at a time")
        .set(MistralOptions.MAX_CONVERSATIONS, 1);
  }

  static OperatorHarness opened(Configuration options) throws Exception {
    OperatorHarness harness = new OperatorHarness(options, 1, 0);
    harness.open(null);
    return harness;
  }

  void onRocksDb() {
    harness.setStateBackend(new EmbeddedRocksDBStateBackend(false));
  }

  void open(OperatorSubtaskState state) throws Exception {
    harness.setup(CompletionEventSerializer.INSTANCE); // Only now, with the backend that was set.
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
  }

  void send(ClientRecord request) throws Exception {
    harness.process(new StreamRecord<>(request));
  }

  /** Sends requests, and runs up to so many mails after each, as long as one is unanswered. */
  void sendEach(List<CompletionRequest> requests, int mailsBetween) throws Exception {
    int sent = 0;
    for (CompletionRequest request : requests) {
      send(request);
      sent++;
      for (int i = 0; i < mailsBetween && answers().size() < sent; i++) {
        runMail();
      }
    }
  }

  void send(CompletionRequest request, long timestamp) throws Exception {
    harness.process(new StreamRecord<>(request, timestamp));
  }

  void sendWatermark(long timestamp) throws Exception {
    harness.mistral().processWatermark1(new Watermark(timestamp));
  }

  /** Runs mails until {@code reached} holds of the events so far; how many. */
  int runUntil(Predicate<List<CompletionEvent>> reached) throws Exception {
    int mails = 0;
    for (; !reached.test(events()); mails++) {
      runMail();
    }
    return mails;
  }

  /** Runs mails until so many more events have come, or all that there is has been answered. */
  void runFor(int events) throws Exception {
    int end = events().size() + events;
    while (events().size() < end && harness.mistral().unanswered() > 0) {
      runMail();
    }
  }

  int runUntilAnswered(int requests) throws Exception {
    return runUntil(
        events -> events.stream().filter(OperatorHarness::isAnswer).count() >= requests);
  }

  /** Requests that are being answered. */
  int running() {
    return harness.mistral().running();
  }

  /** Waits for the next mail, which the test is to run. */
  Mail nextMail() throws Exception {
    return harness.getTaskMailbox().take(0);
  }

  /** Waits for the next mail and runs it; fails where there is none to come. */
  void runMail() throws Exception {
    if (harness.mistral().unanswered() > 0) {
      nextMail().run();
    } else {
      harness
          .getTaskMailbox()
          .tryTake(0)
          .orElseThrow(
              () ->
                  new AssertionError(
                      "all is answered, and what the test waits for has not come; of %d events the answers are of %s"
                          .formatted(events().size(), answers().keySet())))
          .run();
    }
  }

  /** The operator's state, read and written as it does that itself. */
  ConversationState state() throws Exception {
    KeyedStateBackend<ConversationKey> backend = harness.mistral().getKeyedStateBackend();
    return new ConversationState(
        new DefaultKeyedStateStore(backend, new OwnSerializers()),
        harness.mistral().getOperatorStateBackend(),
        backend::setCurrentKey,
        true);
  }

  private static final class OwnSerializers implements SerializerFactory {
    @Override
    public <T> TypeSerializer<T> createSerializer(TypeInformation<T> type) {
      return type.createSerializer(new SerializerConfigImpl());
    }
  }

  /** The pages that a conversation has in state. */
  SortedSet<Integer> pagesOf(String conversation) throws Exception {
    KeyedStateBackend<ConversationKey> backend = harness.mistral().getKeyedStateBackend();
    backend.setCurrentKey(new ConversationKey(conversation));
    SortedSet<Integer> pages = new TreeSet<>();
    backend
        .getPartitionedState(
            VoidNamespace.INSTANCE, VoidNamespaceSerializer.INSTANCE, ConversationState.PAGES_STATE)
        .keys()
        .forEach(pages::add);
    return pages;
  }

  /** Runs timers up to a moment. */
  void setTime(Duration sinceStart) throws Exception {
    harness.setProcessingTime(sinceStart.toMillis());
  }

  /** The model that all operators of these options share. */
  static LanguageModel model(Configuration options) throws IOException {
    return ModelRegistry.get(
        MistralSettings.of(options).model(),
        new MockStreamingRuntimeContext(1, 0) {
          @Override
          public ClassLoader getUserCodeClassLoader() {
            return OperatorHarness.class.getClassLoader();
          }

          @Override
          public void registerUserCodeClassLoaderReleaseHookIfAbsent(String name, Runnable hook) {
            // It stays, as for the operators of all tests.
          }
        });
  }

  /** Requests end, and so does all else; all are answered. */
  void endInput() throws Exception {
    harness.mistral().endInput(1);
    harness.mistral().endInput(2);
  }

  OperatorSubtaskState snapshot() throws Exception {
    return snapshot(1);
  }

  OperatorSubtaskState snapshot(long id) throws Exception {
    return harness.snapshot(id, 1);
  }

  void checkpointComplete(long id) throws Exception {
    harness.notifyOfCompletedCheckpoint(id);
  }

  /** A canonical one. */
  OperatorSubtaskState savepoint() throws Exception {
    return harness
        .snapshotWithLocalState(1, 1, SavepointType.savepoint(SavepointFormatType.CANONICAL))
        .getJobManagerOwnedState();
  }

  Subtask harness() {
    return harness;
  }

  List<CompletionEvent> events() {
    return harness.extractOutputValues();
  }

  /** Answers and refusals by request; fails where one is answered twice. */
  Map<String, CompletionEvent> answers() {
    return events().stream()
        .filter(OperatorHarness::isAnswer)
        .collect(Collectors.toMap(CompletionEvent::requestId, Function.identity()));
  }

  String textOf(String requestId) {
    return completed(requestId).text();
  }

  CompletionEvent.Completed completed(String requestId) {
    return (CompletionEvent.Completed) answers().get(requestId);
  }

  static boolean isAnswer(CompletionEvent event) {
    return switch (event) {
      case CompletionEvent.Chunk chunk -> false;
      case CompletionEvent.Completed completed -> true;
      case CompletionEvent.Rejected rejected -> true;
      case CompletionEvent.Reported reported -> false;
    };
  }

  @Override
  public void close() {
    try {
      harness.close();
    } catch (Exception e) {
      throw new IllegalStateException("the operator did not close", e);
    }
  }
}
