package io.flinkmistral.mailbox;

import io.flinkmistral.mailbox.coordination.MistralCoordinator;
import java.util.function.BooleanSupplier;
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
 * Makes operators whose second input is a {@link
 * io.flinkmistral.mailbox.coordination.HoldOpenSource}.
 */
public abstract class AnsweringOperatorFactory<I, O> extends AbstractStreamOperatorFactory<O>
    implements TwoInputStreamOperatorFactory<I, Void, O>, CoordinatedOperatorFactory<O> {

  private static final long serialVersionUID = 1L;

  private final String name;

  /**
   * @param name that the {@link io.flinkmistral.mailbox.coordination.HoldOpenSource} has, too
   */
  protected AnsweringOperatorFactory(String name) {
    this.name = name;
    // Checkpoints run while it waits for room in the middle of a record: nothing may be before it.
    this.chainingStrategy = ChainingStrategy.HEAD;
  }

  /**
   * Makes the operator of a subtask.
   *
   * @param restoringInput whether the task still reads what a checkpoint kept of its input
   */
  protected abstract AnsweringOperator<I, O> create(
      StreamOperatorParameters<O> parameters, BooleanSupplier restoringInput);

  @Override
  public <T extends StreamOperator<O>> T createStreamOperator(
      StreamOperatorParameters<O> parameters) {
    StreamTask<?, ?> task = parameters.getContainingTask();
    AnsweringOperator<I, O> created = create(parameters, () -> !task.isRunning());
    parameters
        .getOperatorEventDispatcher()
        .registerEventHandler(parameters.getStreamConfig().getOperatorID(), created);
    @SuppressWarnings("unchecked") // Flink's interface leaves the operator's type open.
    T operator = (T) created;
    return operator;
  }

  @Override
  public OperatorCoordinator.Provider getCoordinatorProvider(String task, OperatorID operator) {
    return new MistralCoordinator.Provider(operator, name);
  }
}
