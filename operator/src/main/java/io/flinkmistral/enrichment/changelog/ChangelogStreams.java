package io.flinkmistral.enrichment.changelog;

import io.flinkmistral.enrichment.Capacity;
import io.flinkmistral.mailbox.coordination.HoldOpenSource;
import java.time.Duration;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.types.Row;

/** The operator as a step of a stream of changes. */
public final class ChangelogStreams {
  /** For batch jobs, which otherwise have the state of one key at a time. */
  private static final Configuration ALL_KEYS_AT_ONCE =
      new Configuration()
          .set(ExecutionOptions.SORT_INPUTS, false)
          .set(ExecutionOptions.USE_BATCH_STATE_BACKEND, false);

  private ChangelogStreams() {}

  /**
   * Enriches the rows of a table that changes. The kind of a row says what becomes of it: {@code
   * -U} may be left out, and deletions need no more than their key.
   *
   * <p>Where changes end, the job ends when all have come out; checkpoints and savepoints run until
   * then, which takes a second source, see {@link HoldOpenSource}. The runtime mode must be set
   * before.
   *
   * @param changes by the table's primary key; those of a key in their order
   * @param name of the step, and the uid by which savepoints find its state: no two in a job have
   *     the same
   * @param capacity its order has no meaning here: that of a key is kept
   * @param type of what rows become
   * @param retention how long after its last change a row with its result is in state; zero for as
   *     long as the table has it. One that changes later is asked about again, and is said to be
   *     new; its deletion is passed over
   */
  public static <O> SingleOutputStreamOperator<O> enrich(
      KeyedStream<Row, Row> changes,
      String name,
      ChangeEnricher.Factory<O> enricher,
      Capacity capacity,
      TypeInformation<O> type,
      Duration retention) {
    StreamExecutionEnvironment env = changes.getExecutionEnvironment();
    boolean batch =
        env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    env.configure(ALL_KEYS_AT_ONCE);
    return changes
        // Not broadcast: barriers cannot overtake in such a connection.
        .connect(HoldOpenSource.add(env, name, batch).rebalance())
        .transform(
            name, type, new ChangelogOperatorFactory<>(name, enricher, capacity, type, retention))
        .uid(name);
  }
}
