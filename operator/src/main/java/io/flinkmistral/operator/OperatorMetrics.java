package io.flinkmistral.operator;

import io.flinkmistral.engine.Progress;
import java.util.function.Supplier;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.metrics.MeterView;
import org.apache.flink.metrics.MetricGroup;

/** The operator's metrics, in the group {@code mistral}. */
final class OperatorMetrics {
  private final MetricGroup group;
  private final Counter promptTokens;
  private final Counter completionTokens;
  private final Counter cachedTokens;
  private final Counter rejectedRequests;
  private final Counter repeatedRequests;
  private final Counter expiredConversations;

  OperatorMetrics(MetricGroup operator) {
    group = operator.addGroup("mistral");
    promptTokens = group.counter("promptTokens");
    completionTokens = group.counter("completionTokens");
    cachedTokens = group.counter("cachedTokens");
    rejectedRequests = group.counter("rejectedRequests");
    repeatedRequests = group.counter("repeatedRequests");
    expiredConversations = group.counter("expiredConversations");
    group.meter("completionTokensPerSecond", new MeterView(completionTokens));
  }

  /** Adds a value that is looked at from time to time. */
  <N extends Number> void gauge(String name, Supplier<N> value) {
    group.gauge(name, (Gauge<N>) value::get);
  }

  void turnBegan(TurnInFlight turn) {
    cachedTokens.inc(turn.cachedTokens());
  }

  void advanced(Progress.Advanced advanced) {
    promptTokens.inc(advanced.tokens());
    if (advanced.drawn().isPresent()) {
      completionTokens.inc();
    }
  }

  void rejected() {
    rejectedRequests.inc();
  }

  void repeated() {
    repeatedRequests.inc();
  }

  void expired() {
    expiredConversations.inc();
  }
}
