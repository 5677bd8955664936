package io.flinkmistral.operator.function;

import io.flinkmistral.protocol.ErrorCode;
import io.flinkmistral.task.prompt.Provenance;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.metrics.ThreadSafeSimpleCounter;

/** What a subtask has done with records, under the names that the chat operator's metrics have. */
final class TaskMetrics {
  private final Counter records;
  private final Counter promptTokens;
  private final Counter generationTokens;
  private final Map<ErrorCode, Counter> failures = new EnumMap<>(ErrorCode.class);

  /**
   * @param operator the operator's own group
   * @param sharedTokens tokens of prompts so far that were computed for others
   */
  TaskMetrics(MetricGroup operator, LongSupplier sharedTokens) {
    MetricGroup group = operator.addGroup("mistral");
    records = counter(group, "records_enriched_total");
    promptTokens = counter(group, "prompt_tokens_total");
    generationTokens = counter(group, "generation_tokens_total");
    group
        .addGroup("source", "local_cache_hit")
        .gauge("prompt_tokens_by_source_total", (Gauge<Long>) sharedTokens::getAsLong);
    for (ErrorCode code : ErrorCode.values()) {
      failures.put(code, counter(group.addGroup("code", code.wireName()), "request_failure_total"));
    }
  }

  /** They count on the threads that futures complete on. */
  private static Counter counter(MetricGroup group, String name) {
    return group.counter(name, new ThreadSafeSimpleCounter());
  }

  void done(Provenance provenance) {
    records.inc();
    promptTokens.inc(provenance.promptTokens());
    generationTokens.inc(provenance.completionTokens());
  }

  void failed(ErrorCode code) {
    failures.get(code).inc();
  }
}
