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

  private final OperatorEventGateway coordinator;
  private boolean requestsEnded;
  private boolean heldOpen = true;

  EndOfInputs(OperatorEventGateway coordinator) {
    this.coordinator = coordinator;
  }

  /**
   * An input has ended; whether both have: where the job is drained, they do before all is
   * answered.
   *
   * @param allSaid whether all is answered, and all of it has gone out
   */
  boolean ended(int input, boolean allSaid) {
    if (input == REQUESTS) {
      requestsEnded = true;
      answered(allSaid);
    } else {
      heldOpen = false;
    }
    return requestsEnded && !heldOpen;
  }

  /** A request was answered, perhaps the last. */
  void answered(boolean allSaid) {
    if (requestsEnded && allSaid) {
      coordinator.sendEventToCoordinator(new AllAnswered());
    }
  }
}
