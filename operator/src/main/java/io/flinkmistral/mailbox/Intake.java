package io.flinkmistral.mailbox;

import java.util.function.BooleanSupplier;
import org.apache.flink.api.common.operators.MailboxExecutor;

/**
 * How many requests a slot takes in before it stops reading, and when it reads on all the same.
 *
 * <p>The task's thread waits for room inside of the processing of a record, whose request is in
 * state by then. In that wait it runs all mails, those of Flink itself included: timers, events,
 * and barriers that overtake what waits (unaligned checkpoints). Barriers that stand behind
 * requests (aligned checkpoints, and all savepoints) come only by reading, and so do requests that
 * an unaligned checkpoint has kept, before a restored task runs. For these the limits do not hold:
 * what stands before a barrier goes into state.
 *
 * <p>An unaligned checkpoint is taken with the first barrier, and is complete when all have come.
 * One of a source that has just ended can stand behind requests all the same. So a checkpoint that
 * is late is read for, too, up to as many requests as the limit once more.
 */
public final class Intake {
  private final MailboxExecutor lowestPriority;
  private final BooleanSupplier restoring;
  private final int mostRequests;
  private final long mostBytes;
  private int requests;
  private long bytes;
  private long begun = -1;
  private long taken = -1;
  private long late = -1;
  private long over = -1;
  private int readForLate;
  private boolean readsOn;

  /**
   * @param lowestPriority whose {@code yield} runs every mail
   * @param restoring whether the task still reads what a checkpoint kept of its input
   */
  public Intake(
      MailboxExecutor lowestPriority, BooleanSupplier restoring, int mostRequests, long mostBytes) {
    this.lowestPriority = lowestPriority;
    this.restoring = restoring;
    this.mostRequests = mostRequests;
    this.mostBytes = mostBytes;
  }

  /** A request is in state. */
  public void arrived(long requestBytes) {
    requests++;
    bytes += requestBytes;
  }

  /** It is answered or refused. */
  public void finished(long requestBytes) {
    requests--;
    bytes -= requestBytes;
  }

  /** Barriers of this checkpoint may stand behind requests. */
  public void checkpointBegins(long checkpoint) {
    begun = Math.max(begun, checkpoint);
  }

  /**
   * The operator's part of it was taken. One that was given up before does not count: Flink does so
   * while a task that was rescaled still reads what its predecessors kept of their output.
   */
  public void checkpointTaken(long checkpoint) {
    taken = Math.max(taken, checkpoint);
  }

  /** So long after it began, this checkpoint may still not be complete. */
  public void checkpointIsLate(long checkpoint) {
    if (checkpoint > late) {
      late = checkpoint;
      readForLate = 0;
    }
  }

  /** It is complete, or was given up. */
  public void checkpointOver(long checkpoint) {
    over = Math.max(over, checkpoint);
  }

  /**
   * From now on it also reads on slowly where there is no room, since what is read may make some:
   * one record for each mail, up to twice the limits.
   */
  public void readOn() {
    readsOn = true;
  }

  /** Waits while there is no room, unless reading must go on. */
  public void awaitRoom() throws Exception {
    boolean waited = false;
    while (isFull() && begun <= taken && !restoring.getAsBoolean()) {
      if (late > over && readForLate < mostRequests) {
        readForLate++;
        return;
      }
      if (waited && readsOn && requests < 2L * mostRequests && bytes < 2 * mostBytes) {
        return;
      }
      lowestPriority.yield();
      waited = true;
    }
  }

  /** Waits until all is answered. */
  public void awaitEnd() throws Exception {
    while (requests > 0) {
      lowestPriority.yield();
    }
  }

  private boolean isFull() {
    return requests >= mostRequests || bytes >= mostBytes;
  }

  public boolean isEmpty() {
    return requests == 0;
  }

  /** Bytes of the requests that are not answered. */
  public long bytes() {
    return bytes;
  }
}
