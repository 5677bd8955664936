package io.flinkmistral.operator;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.state.hashmap.HashMapStateBackend;
import org.apache.flink.state.rocksdb.EmbeddedRocksDBStateBackend;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;

/** One subtask of the operator, whose mails the test runs. */
final class OperatorHarness implements AutoCloseable {
  static final int MAX_PARALLELISM = 8;

  private final KeyedOneInputStreamOperatorTestHarness<String, CompletionRequest, CompletionEvent>
      harness;

  OperatorHarness(Configuration options, int parallelism, int subtask) throws Exception {
    this(MistralSettings.of(options), parallelism, subtask);
  }

  OperatorHarness(MistralSettings settings, int parallelism, int subtask) throws Exception {
    harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new MistralOperatorFactory(settings),
            CompletionRequest::conversationId,
            Types.STRING,
            MAX_PARALLELISM,
            parallelism,
            subtask);
    harness.setStateBackend(new HashMapStateBackend());
    harness.setup(CompletionEventSerializer.INSTANCE);
  }

  static Configuration options() {
    Configuration options = new Configuration();
    options.set(MistralOptions.MODEL_PATH, TinyMistral.file().toString());
    options.set(MistralOptions.THREADS, 1);
    options.set(MistralOptions.MAX_TOKENS, 160);
    return options;
  }

  static OperatorHarness opened(Configuration options) throws Exception {
    OperatorHarness harness = new OperatorHarness(options, 1, 0);
    harness.open(null);
    return harness;
  }

  void onRocksDb() {
    harness.setStateBackend(new EmbeddedRocksDBStateBackend(true));
  }

  void open(OperatorSubtaskState state) throws Exception {
    if (state == null) {
      harness.initializeEmptyState();
    } else {
      harness.initializeState(state);
    }
    harness.open();
  }

  void send(CompletionRequest request) throws Exception {
    harness.processElement(new StreamRecord<>(request));
  }

  void send(CompletionRequest request, long timestamp) throws Exception {
    harness.processElement(new StreamRecord<>(request, timestamp));
  }

  void sendWatermark(long timestamp) throws Exception {
    harness.processWatermark(new Watermark(timestamp));
  }

  /** Runs mails until {@code reached} holds of the events so far. */
  void runUntil(Predicate<List<CompletionEvent>> reached) throws Exception {
    while (!reached.test(events())) {
      harness.getTaskMailbox().take(0).run();
    }
  }

  void runUntilAnswered(int requests) throws Exception {
    runUntil(events -> events.stream().filter(OperatorHarness::isAnswer).count() >= requests);
  }

  void endInput() throws Exception {
    harness.endInput();
  }

  OperatorSubtaskState snapshot() throws Exception {
    return harness.snapshot(1, 1);
  }

  KeyedOneInputStreamOperatorTestHarness<String, CompletionRequest, CompletionEvent> harness() {
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
