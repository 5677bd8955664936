package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Schedule;
import java.util.OptionalLong;

/** When a request is answered: its priority and its time. */
final class ScheduleReader {
  private static final double MOST_SECONDS = 1e9;

  private ScheduleReader() {}

  /**
   * @param timestamp of the record, in milliseconds since 1970; 0 or less where it is not known,
   *     and then time counts from now
   */
  static Schedule read(Fields fields, long timestamp) {
    int priority = fields.integer("priority").orElse(Schedule.DEFAULT.priority());
    OptionalLong timeout = millis(fields, "timeout");
    if (timeout.isEmpty()) {
      return new Schedule(priority, OptionalLong.empty());
    }
    long millis = timeout.getAsLong();
    long from = timestamp > 0 ? timestamp : System.currentTimeMillis();
    // A record may have any time.
    long deadline = from > Long.MAX_VALUE - millis ? Long.MAX_VALUE : from + millis;
    return new Schedule(priority, OptionalLong.of(deadline));
  }

  /** A time in seconds; empty where the field is not there. */
  static OptionalLong millis(Fields fields, String name) {
    double seconds = fields.number(name, Double.POSITIVE_INFINITY);
    if (fields.node(name).isEmpty()) {
      return OptionalLong.empty();
    }
    if (!(seconds > 0 && seconds <= MOST_SECONDS)) {
      throw InvalidRequestException.outOfRange(
          name, seconds, "more than 0 seconds and at most 1e9");
    }
    return OptionalLong.of((long) Math.ceil(seconds * 1000));
  }
}
