package io.flinkmistral.mailbox.coordination;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.source.event.SourceEventWrapper;

/**
 * The operator's part in the JobManager; Flink calls it from one thread.
 *
 * <p>It has nothing to restore: after a failure, subtasks that have answered all say so again when
 * their requests end again.
 */
public final class MistralCoordinator implements OperatorCoordinator {
  private final Context context;
  private final String listener;
  private final Map<Integer, SubtaskGateway> subtasks = new HashMap<>();
  private final BitSet answered = new BitSet();

  private MistralCoordinator(Context context, String name) {
    this.context = context;
    this.listener = HoldOpenSource.listener(name);
  }

  /**
   * Makes the coordinator of an operator, in the JobManager.
   *
   * @param name that the {@link HoldOpenSource} has, too
   */
  public record Provider(OperatorID operator, String name) implements OperatorCoordinator.Provider {
    private static final long serialVersionUID = 1L;

    @Override
    public OperatorID getOperatorId() {
      return operator;
    }

    @Override
    public OperatorCoordinator create(Context context) {
      return new MistralCoordinator(context, name);
    }
  }

  @Override
  public void start() {}

  @Override
  public void close() {}

  /** Flink delivers what is sent in here before any barrier of the checkpoint. */
  @Override
  public void checkpointCoordinator(long checkpointId, CompletableFuture<byte[]> result) {
    subtasks.values().forEach(one -> one.sendEvent(new CheckpointBegins(checkpointId)));
    result.complete(new byte[0]);
  }

  @Override
  public void handleEventFromOperator(int subtask, int attempt, OperatorEvent event)
      throws Exception {
    if (!(event instanceof AllAnswered)) {
      throw new IllegalArgumentException("an event that subtasks do not send: " + event);
    }
    answered.set(subtask);
    // It reads no more, and may end at any time: Flink fails a task that an event cannot reach.
    subtasks.remove(subtask);
    Object source = context.getCoordinatorStore().get(listener);
    if (answered.cardinality() == context.currentParallelism()
        && source instanceof OperatorCoordinator open) {
      open.handleEventFromOperator(0, 0, new SourceEventWrapper(new RequestsAnswered()));
    }
  }

  @Override
  public void executionAttemptReady(int subtask, int attempt, SubtaskGateway gateway) {
    subtasks.put(subtask, gateway);
  }

  @Override
  public void executionAttemptFailed(int subtask, int attempt, Throwable reason) {
    gone(subtask);
  }

  @Override
  public void subtaskReset(int subtask, long checkpointId) {
    gone(subtask);
  }

  private void gone(int subtask) {
    subtasks.remove(subtask);
    answered.clear(subtask);
  }

  @Override
  public void resetToCheckpoint(long checkpointId, byte[] checkpoint) {
    subtasks.clear();
    answered.clear();
  }

  @Override
  public void notifyCheckpointComplete(long checkpointId) {}
}
