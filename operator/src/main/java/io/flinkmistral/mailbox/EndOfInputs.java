package io.flinkmistral.mailbox;

import io.flinkmistral.mailbox.coordination.AllAnswered;
import java.util.function.BooleanSupplier;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;
import org.apache.flink.util.function.ThrowingRunnable;

/**
 * The ends of the operator's two inputs: when requests have ended and all are answered, the
 * coordinator is told, and ends the input that holds the job open.
 */
final class EndOfInputs {
  /** The input of requests; the other one has no records. */
  static final int REQUESTS = 1;

  private final Intake intake;
  private final BooleanSupplier allSaid;
  private final ThrowingRunnable<Exception> noCheckpointComes;
  private final OperatorEventGateway coordinator;
  private boolean requestsEnded;
  private boolean heldOpen = true;

  /**
   * @param allSaid whether all is answered, and all of it has gone out
   * @param noCheckpointComes is run when no checkpoint comes any more that something could wait for
   */
  EndOfInputs(
      Intake intake,
      BooleanSupplier allSaid,
      ThrowingRunnable<Exception> noCheckpointComes,
      OperatorEventGateway coordinator) {
    this.intake = intake;
    this.allSaid = allSaid;
    this.noCheckpointComes = noCheckpointComes;
    this.coordinator = coordinator;
  }

  /** An input has ended. */
  void ended(int input) throws Exception {
    if (input == REQUESTS) {
      requestsEnded = true;
      answered();
    } else {
      heldOpen = false;
    }
    if (requestsEnded && !heldOpen) {
      // Where the job is drained, sources end before all is answered.
      noCheckpointComes.run();
      intake.awaitEnd();
    }
  }

  /** A request was answered, perhaps the last. */
  void answered() {
    if (requestsEnded && allSaid.getAsBoolean()) {
      coordinator.sendEventToCoordinator(new AllAnswered());
    }
  }
}
