package io.flinkmistral.protocol;

import java.util.OptionalLong;

/**
 * When a request is answered, which says nothing of its words.
 *
 * @param priority of requests that wait, those with the lower number come first
 * @param deadlineMillis when its answer ends at the latest, in milliseconds since 1970
 */
public record Schedule(int priority, OptionalLong deadlineMillis) {
  /** The greatest distance of a priority from 0. */
  public static final int MOST_PRIORITY = 100;

  /** In its order, and whenever it is done. */
  public static final Schedule DEFAULT = new Schedule(0, OptionalLong.empty());

  public Schedule {
    if (Math.abs((long) priority) > MOST_PRIORITY) {
      throw InvalidRequestException.outOfRange(
          "priority", priority, "from %d to %d".formatted(-MOST_PRIORITY, MOST_PRIORITY));
    }
  }
}
