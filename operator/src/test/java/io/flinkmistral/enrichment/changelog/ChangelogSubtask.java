package io.flinkmistral.enrichment.changelog;

import io.flinkmistral.enrichment.Capacity;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.metrics.Counter;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.executiongraph.ExecutionGraphTestUtils;
import org.apache.flink.runtime.metrics.MetricRegistry;
import org.apache.flink.runtime.metrics.groups.TaskManagerMetricGroup;
import org.apache.flink.runtime.metrics.util.TestingMetricRegistry;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperatorFactory;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;
import org.apache.flink.types.Row;

/** One subtask of the operator, whose mails the test runs; rows are {@code (id, text, price)}. */
@SuppressWarnings("try") // That closing a harness may be interrupted.
final class ChangelogSubtask extends AbstractStreamOperatorTestHarness<Row> {
  static final int MAX_PARALLELISM = 8;

  private static final TypeInformation<Row> IN = Types.ROW(Types.INT, Types.STRING, Types.INT);
  private static final TypeInformation<Row> OUT =
      Types.ROW(Types.INT, Types.STRING, Types.INT, Types.STRING);
  private static final TypeInformation<Row> KEY = Types.ROW(Types.INT);

  private final Map<String, Counter> counters;

  private ChangelogSubtask(
      ByHand enricher,
      Duration retention,
      int parallelism,
      int index,
      Map<String, Counter> counters)
      throws Exception {
    super(new Factory(enricher, retention), environment(parallelism, index, counters));
    this.counters = counters;
    KeySelector<Row, Row> key = row -> Row.of(row.getField(0));
    config.setupNetworkInputs(IN.createSerializer(executionConfig.getSerializerConfig()));
    config.setStatePartitioner(0, key);
    config.setStateKeySerializer(KEY.createSerializer(executionConfig.getSerializerConfig()));
    config.serializeAllConfigs();
  }

  /** One that tells of its counters. */
  private static MockEnvironment environment(
      int parallelism, int index, Map<String, Counter> counters) {
    MetricRegistry registry =
        TestingMetricRegistry.builder()
            .setRegisterConsumer(
                (metric, name, _) -> {
                  if (metric instanceof Counter counter) {
                    counters.put(name, counter);
                  }
                })
            .build();
    return MockEnvironment.builder()
        .setMaxParallelism(MAX_PARALLELISM)
        .setParallelism(parallelism)
        .setSubtaskIndex(index)
        .setMetricGroup(
            TaskManagerMetricGroup.createTaskManagerMetricGroup(
                    registry, "localhost", ResourceID.generate())
                .addJob(new JobID(), "job")
                .addTask(ExecutionGraphTestUtils.createExecutionAttemptId(), "task"))
        .build();
  }

  /**
   * @param state what it goes on from; null for nothing
   */
  static ChangelogSubtask opened(
      ByHand enricher, OperatorSubtaskState state, int parallelism, int index) throws Exception {
    return opened(enricher, Duration.ZERO, state, parallelism, index);
  }

  /** The same, which forgets rows. */
  static ChangelogSubtask opened(
      ByHand enricher, Duration retention, OperatorSubtaskState state, int parallelism, int index)
      throws Exception {
    ChangelogSubtask subtask =
        new ChangelogSubtask(enricher, retention, parallelism, index, new HashMap<>());
    subtask.setup(OUT.createSerializer(subtask.executionConfig.getSerializerConfig()));
    if (state == null) {
      subtask.initializeEmptyState();
    } else {
      subtask.initializeState(state);
    }
    subtask.open();
    return subtask;
  }

  @SuppressWarnings("unchecked") // The factory makes it.
  private ChangelogOperator<Row> changelog() {
    return (ChangelogOperator<Row>) operator;
  }

  void send(Row row) throws Exception {
    StreamRecord<Row> record = new StreamRecord<>(Row.copy(row), 7);
    changelog().setKeyContextElement1(record);
    changelog().processElement1(record);
  }

  void watermark(long timestamp) throws Exception {
    changelog().processWatermark1(new Watermark(timestamp));
  }

  /** Runs the mails that are there. */
  void run() throws Exception {
    for (var mail = getTaskMailbox().tryTake(0); mail.isPresent(); ) {
      mail.get().run();
      mail = getTaskMailbox().tryTake(0);
    }
  }

  /** All that came out, as {@code +I[7, lamp, 10, lamp!]}. */
  List<String> said() {
    return extractOutputValues().stream().map(Row::toString).toList();
  }

  long count(String counter) {
    return counters.get(counter).getCount();
  }

  List<Long> watermarks() {
    return getOutput().stream()
        .filter(Watermark.class::isInstance)
        .map(mark -> ((Watermark) mark).getTimestamp())
        .toList();
  }

  private static final class Factory extends AbstractStreamOperatorFactory<Row>
      implements TwoInputStreamOperatorFactory<Row, Void, Row> {
    private static final long serialVersionUID = 1L;

    private final transient ByHand enricher;
    private final Duration retention;

    Factory(ByHand enricher, Duration retention) {
      this.enricher = enricher;
      this.retention = retention;
    }

    @Override
    public <T extends StreamOperator<Row>> T createStreamOperator(
        StreamOperatorParameters<Row> parameters) {
      @SuppressWarnings("unchecked") // Flink's interface leaves the operator's type open.
      T operator =
          (T)
              new ChangelogOperator<Row>(
                  enricher::open,
                  new Capacity(100, 1 << 20, true),
                  OUT,
                  retention,
                  parameters,
                  () -> false);
      return operator;
    }

    @Override
    @SuppressWarnings("rawtypes") // Flink's interface has it so.
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader classLoader) {
      return ChangelogOperator.class;
    }
  }
}
