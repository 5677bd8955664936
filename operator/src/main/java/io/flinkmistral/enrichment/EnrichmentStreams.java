package io.flinkmistral.enrichment;

import io.flinkmistral.mailbox.coordination.HoldOpenSource;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.RuntimeExecutionMode;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.dag.Transformation;
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
   * <p>Unordered, records are dealt out to all subtasks in turn. Ordered, they stay in the
   * partition that the stream has them in, and in its order.
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
    // A stream that is handed on as it is cannot be dealt out anew to more or fewer subtasks when
    // an unaligned checkpoint is restored. Where the order counts, it is left as it is.
    return (capacity.ordered() ? records : records.rebalance())
        // Not broadcast: barriers cannot overtake in such a connection.
        .connect(HoldOpenSource.add(env, name, batch).rebalance())
        .transform(name, type, new EnrichmentOperatorFactory<>(name, enricher, capacity))
        .uid(name);
  }

  /** A name that no step of the job has: {@code base}, {@code base-2} and so on. */
  public static String freeName(StreamExecutionEnvironment env, String base) {
    Set<String> taken =
        env.getTransformations().stream().map(Transformation::getUid).collect(Collectors.toSet());
    return Stream.concat(
            Stream.of(base), IntStream.iterate(2, i -> i + 1).mapToObj(i -> base + "-" + i))
        .filter(name -> !taken.contains(name))
        .findFirst()
        .orElseThrow();
  }
}
