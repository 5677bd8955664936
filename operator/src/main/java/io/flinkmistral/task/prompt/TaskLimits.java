package io.flinkmistral.task.prompt;

import io.flinkmistral.protocol.InvalidRequestException;
import java.io.Serializable;
import java.time.Duration;

/**
 * What a record may take.
 *
 * @param maxContext tokens of prompt and answer; 0 for what the model has
 * @param overflow what becomes of a longer text
 * @param deadline how long a record may take, with the time that it waits for others; 0 for ever
 */
public record TaskLimits(int maxContext, ContextOverflow overflow, Duration deadline)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** All that the model has, and an error where that is not enough. */
  public static final TaskLimits DEFAULT = new TaskLimits(0, ContextOverflow.ERROR, Duration.ZERO);

  public TaskLimits {
    if (maxContext < 0) {
      throw InvalidRequestException.outOfRange(
          "max_context_size", maxContext, "0 (what the model has) or more");
    }
    if (deadline.isNegative()) {
      throw new InvalidRequestException(
          "timeout", "a deadline must not be before the beginning, but is " + deadline);
    }
  }

  public TaskLimits withMaxContext(int tokens) {
    return new TaskLimits(tokens, overflow, deadline);
  }

  public TaskLimits withOverflow(ContextOverflow action) {
    return new TaskLimits(maxContext, action, deadline);
  }

  public TaskLimits withDeadline(Duration time) {
    return new TaskLimits(maxContext, overflow, time);
  }
}
