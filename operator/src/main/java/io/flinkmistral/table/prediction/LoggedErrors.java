package io.flinkmistral.table.prediction;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;

/** The first errors of a subtask's rows are logged, so that a table of bad ones fills no disk. */
public final class LoggedErrors {
  static final int MOST = 10;

  private final Logger log;
  private final String what;
  private final AtomicLong count = new AtomicLong();

  /**
   * @param what has no result, for messages
   */
  public LoggedErrors(Logger log, String what) {
    this.log = log;
    this.what = what;
  }

  public void add(InvalidRequestException error) {
    long now = count.incrementAndGet();
    if (now <= MOST) {
      log.warn(
          "{} has no result: {}{}",
          what,
          Excerpt.ofMessage(error.getMessage()),
          now == MOST ? " (no more of these are logged)" : "");
    }
  }
}
