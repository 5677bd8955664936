package io.flinkmistral.enrichment;

import io.flinkmistral.mailbox.coordination.HoldOpenSource;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** The operator as a step of a stream. */
public final class EnrichmentStreams {
  private EnrichmentStreams() {}

  /**
   * Enriches records.
   *
   * <p>Where records end, the job ends when all have come out; checkpoints and savepoints run until
   * then, which takes a second source, see {@link HoldOpenSource}. The runtime mode must be set
   * before.
   *
   * @param name of the step, and the uid by which savepoints find its state: no two in a job have
   *     the same
   * @param type of what records become
   */
  public static <I, O> SingleOutputStreamOperator<O> enrich(
      DataStream<I> records,
      String name,
      Enricher.Factory<I, O> enricher,
      Capacity capacity,
      TypeInformation<O> type) {
    StreamExecutionEnvironment env = records.getExecutionEnvironment();
    boolean batch =
        env.getConfiguration().get(ExecutionOptions.RUNTIME_MODE) == RuntimeExecutionMode.BATCH;
    return records
        // Not broadcast: barriers cannot overtake in such a connection.
        .connect(HoldOpenSource.add(env, name, batch).rebalance())
        .transform(name, type, new EnrichmentOperatorFactory<>(name, enricher, capacity))
        .uid(name);
  }
}
