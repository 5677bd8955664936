package io.flinkmistral.mailbox;

import io.flinkmistral.mailbox.coordination.CheckpointBegins;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.operators.coordination.OperatorEventHandler;
import org.apache.flink.runtime.state.StateSnapshotContext;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedMultiInput;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;
import org.apache.flink.streaming.api.operators.TwoInputStreamOperator;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.tasks.ProcessingTimeService;
import org.apache.flink.streaming.runtime.tasks.StreamTask;
import org.apache.flink.streaming.runtime.tasks.mailbox.TaskMailbox;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;

/**
 * An operator whose answers come later than its records: what is the same of all of them.
 *
 * <p>Whoever extends it writes a record to state, tells {@link #intake} and {@link #gate} of it,
 * and calls {@link Intake#awaitRoom} last of all; when the answer is out, it tells both, and {@link
 * #answered}.
 */
public abstract class AnsweringOperator<I, O> extends AbstractStreamOperator<O>
    implements TwoInputStreamOperator<I, Void, O>, BoundedMultiInput, OperatorEventHandler {

  private static final long serialVersionUID = 1L;

  /** An unaligned checkpoint overtakes what waits; one that has not come after so long does not. */
  private static final long OVERTAKES_WITHIN_MILLIS = 1000;

  /** One that is not complete by then may have a barrier that overtakes nothing. */
  private static final long COMPLETE_WITHIN_MILLIS = 5000;

  private final transient Mails mails;
  private final transient Intake intake;
  private final transient EndOfInputs end;
  private final transient WatermarkGate gate = new WatermarkGate();
  private final boolean checkpointing;
  private final boolean overtaking;

  /**
   * @param restoringInput whether the task still reads what a checkpoint kept of its input
   * @param mostRecords unanswered ones, after which no more are read
   * @param mostBytes of them, the same
   */
  protected AnsweringOperator(
      StreamOperatorParameters<O> parameters,
      BooleanSupplier restoringInput,
      int mostRecords,
      long mostBytes) {
    super(parameters);
    StreamTask<?, ?> task = parameters.getContainingTask();
    this.mails = new Mails(parameters.getMailboxExecutor(), task.getEnvironment()::failExternally);
    this.intake =
        new Intake(
            task.getMailboxExecutorFactory().createExecutor(TaskMailbox.MIN_PRIORITY),
            restoringInput,
            mostRecords,
            mostBytes);
    this.end =
        new EndOfInputs(
            parameters
                .getOperatorEventDispatcher()
                .getOperatorEventGateway(parameters.getStreamConfig().getOperatorID()));
    Configuration job = task.getEnvironment().getJobConfiguration();
    this.checkpointing = CheckpointingOptions.isCheckpointingEnabled(job);
    this.overtaking = checkpointing && CheckpointingOptions.isUnalignedCheckpointEnabled(job);
  }

  protected final Mails mails() {
    return mails;
  }

  protected final Intake intake() {
    return intake;
  }

  protected final WatermarkGate gate() {
    return gate;
  }

  protected final boolean isCheckpointing() {
    return checkpointing;
  }

  /** Whether all is answered, and all of it has gone out. */
  protected boolean allIsSaid() {
    return intake.isEmpty();
  }

  /** From now on nothing may wait for a checkpoint: none comes before all is answered. */
  protected void noCheckpointComes() throws Exception {
    // Not everybody waits for any.
  }

  /** An answer is out, perhaps the last. */
  protected final void answered() {
    end.answered(allIsSaid());
  }

  @Override
  public void processElement2(StreamRecord<Void> none) {
    throw new IllegalStateException("the input that holds the job open has no records");
  }

  @Override
  public void processWatermark1(Watermark mark) throws Exception {
    gate.pass(() -> processWatermark(mark));
  }

  @Override
  public void processWatermark2(Watermark mark) {}

  @Override
  protected void processWatermarkStatus(WatermarkStatus status, int input) throws Exception {
    if (input == EndOfInputs.REQUESTS - 1) {
      gate.pass(() -> processWatermarkStatus(status));
    }
  }

  @Override
  public void handleOperatorEvent(OperatorEvent event) {
    if (!(event instanceof CheckpointBegins(long checkpoint))) {
      throw new IllegalArgumentException("an event that the coordinator does not send: " + event);
    }
    if (overtaking) {
      ProcessingTimeService time = getProcessingTimeService();
      long now = time.getCurrentProcessingTime();
      time.registerTimer(now + OVERTAKES_WITHIN_MILLIS, _ -> intake.checkpointBegins(checkpoint));
      time.registerTimer(now + COMPLETE_WITHIN_MILLIS, _ -> intake.checkpointIsLate(checkpoint));
    } else {
      intake.checkpointBegins(checkpoint);
    }
  }

  @Override
  public void snapshotState(StateSnapshotContext context) throws Exception {
    super.snapshotState(context);
    intake.checkpointTaken(context.getCheckpointId());
  }

  @Override
  public void notifyCheckpointComplete(long checkpoint) throws Exception {
    super.notifyCheckpointComplete(checkpoint);
    intake.checkpointOver(checkpoint);
  }

  @Override
  public void notifyCheckpointAborted(long checkpoint) throws Exception {
    super.notifyCheckpointAborted(checkpoint);
    intake.checkpointOver(checkpoint);
  }

  @Override
  public void endInput(int input) throws Exception {
    if (end.ended(input, allIsSaid())) {
      noCheckpointComes();
      intake.awaitEnd();
    }
  }
}
