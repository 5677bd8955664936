package io.flinkmistral.mailbox;

import java.util.Optional;
import org.apache.flink.util.ExceptionUtils;

/**
 * How a task fails whose forward pass has failed.
 *
 * <p>Flink looks at what a task throws, and at nothing behind it: an {@code InternalError} and its
 * like end the TaskManager at once, an {@code OutOfMemoryError} where the option {@code
 * taskmanager.jvm-exit-on-oom} says so. So these come out as they are, and memory that has run out
 * also where something has wrapped it. The other way round, what has been put down to a file that
 * was cut (see {@link io.flinkmistral.weights.reader.FileStamps}) is no longer an error of the JVM.
 */
public final class PassFailure {
  private PassFailure() {}

  /**
   * What the task is to throw.
   *
   * @throws Error where the JVM itself may be broken
   */
  public static Exception of(Throwable cause) {
    ExceptionUtils.rethrowIfFatalErrorOrOOM(cause);
    Optional<OutOfMemoryError> outOfMemory =
        ExceptionUtils.findThrowable(cause, OutOfMemoryError.class);
    if (outOfMemory.isPresent()) {
      throw outOfMemory.get();
    }
    return new IllegalStateException("a forward pass failed: " + cause, cause);
  }
}
