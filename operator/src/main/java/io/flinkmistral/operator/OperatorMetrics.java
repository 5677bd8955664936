package io.flinkmistral.operator;

import io.flinkmistral.generation.Pass;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MeterView;
import org.apache.flink.metrics.MetricGroup;

/** The operator's metrics, in the group {@code mistral}. */
final class OperatorMetrics {
  private final Counter promptTokens;
  private final Counter completionTokens;
  private final Counter cachedTokens;
  private final Counter rejectedRequests;

  OperatorMetrics(
      MetricGroup operator,
      IntSupplier liveConversations,
      IntSupplier unfinishedRequests,
      LongSupplier cacheBytes) {
    MetricGroup group = operator.addGroup("mistral");
    promptTokens = group.counter("promptTokens");
    completionTokens = group.counter("completionTokens");
    cachedTokens = group.counter("cachedTokens");
    rejectedRequests = group.counter("rejectedRequests");
    group.meter("completionTokensPerSecond", new MeterView(completionTokens));
    group.gauge("liveConversations", (Gauge<Integer>) liveConversations::getAsInt);
    group.gauge("unfinishedRequests", (Gauge<Integer>) unfinishedRequests::getAsInt);
    group.gauge("cacheBytes", (Gauge<Long>) cacheBytes::getAsLong);
  }

  void turnBegan(TurnInFlight turn) {
    cachedTokens.inc(turn.cachedTokens());
  }

  void passDone(Pass.Result result) {
    int drawn = 0;
    for (int token : result.sampled()) {
      drawn += token == Pass.NO_TOKEN ? 0 : 1;
    }
    completionTokens.inc(drawn);
    promptTokens.inc(result.pass().tokens());
  }

  void rejected() {
    rejectedRequests.inc();
  }
}
