package io.flinkmistral.operator;

import io.flinkmistral.operator.coordination.MistralCoordinator;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.ChainingStrategy;
import org.apache.flink.streaming.api.operators.CoordinatedOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperatorFactory;
import org.apache.flink.streaming.runtime.tasks.StreamTask;

/**
 * Makes the operator that answers requests; its first input must be keyed by conversation id, the
 * second one is a {@link io.flinkmistral.operator.coordination.HoldOpenSource}.
 */
public final class MistralOperatorFactory extends AbstractStreamOperatorFactory<CompletionEvent>
    implements TwoInputStreamOperatorFactory<CompletionRequest, Void, CompletionEvent>,
        CoordinatedOperatorFactory<CompletionEvent> {

  private static final long serialVersionUID = 1L;

  private final MistralSettings settings;

  /**
   * @throws IllegalArgumentException if an option is missing or wrong
   */
  public MistralOperatorFactory(ReadableConfig options) {
    this(MistralSettings.of(options));
  }

  MistralOperatorFactory(MistralSettings settings) {
    this.settings = settings;
    // Checkpoints run while it waits for room in the middle of a record: nothing may be before it.
    this.chainingStrategy = ChainingStrategy.HEAD;
  }

  @Override
  public <T extends StreamOperator<CompletionEvent>> T createStreamOperator(
      StreamOperatorParameters<CompletionEvent> parameters) {
    StreamTask<?, ?> task = parameters.getContainingTask();
    MistralOperator created = new MistralOperator(settings, parameters, () -> !task.isRunning());
    parameters
        .getOperatorEventDispatcher()
        .registerEventHandler(parameters.getStreamConfig().getOperatorID(), created);
    @SuppressWarnings("unchecked") // Flink's interface leaves the operator's type open.
    T operator = (T) created;
    return operator;
  }

  @Override
  public OperatorCoordinator.Provider getCoordinatorProvider(String name, OperatorID operator) {
    return new MistralCoordinator.Provider(operator);
  }

  @Override
  public Class<? extends StreamOperator<CompletionEvent>> getStreamOperatorClass(
      ClassLoader classLoader) {
    return MistralOperator.class;
  }
}
