package io.flinkmistral.mailbox;

import io.flinkmistral.mailbox.coordination.AllAnswered;
import org.apache.flink.runtime.operators.coordination.OperatorEventGateway;

/**
 * The ends of the operator's two inputs: when requests have ended and all are answered, the
 * coordinator is told, and ends the input that holds the job open.
 */
final class EndOfInputs {
  /** The input of requests; the other one has no records. */
  static final int REQUESTS = 1;

  private final Intake intake;
  private final OperatorEventGateway coordinator;
  private boolean requestsEnded;
  private boolean heldOpen = true;

  EndOfInputs(Intake intake, OperatorEventGateway coordinator) {
    this.intake = intake;
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
      intake.awaitEnd(); // Where the job is drained, sources end before all is answered.
    }
  }

  /** A request was answered, perhaps the last. */
  void answered() {
    if (requestsEnded && intake.isEmpty()) {
      coordinator.sendEventToCoordinator(new AllAnswered());
    }
  }
}
