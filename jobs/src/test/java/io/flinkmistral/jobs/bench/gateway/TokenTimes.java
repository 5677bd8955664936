package io.flinkmistral.jobs.bench.gateway;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * When each token was written, was read by a plain consumer, and came as an event. A token's text
 * is its number, so that whoever sees it knows which it is. Any thread may tell, and each of a
 * token once.
 */
final class TokenTimes {
  private final AtomicLongArray written;
  private final AtomicLongArray read;
  private final AtomicLongArray arrived;

  /** When the end of the answer came whose last token it is. */
  private final AtomicLongArray ended;

  /**
   * @param most tokens
   */
  TokenTimes(int most) {
    written = new AtomicLongArray(most);
    read = new AtomicLongArray(most);
    arrived = new AtomicLongArray(most);
    ended = new AtomicLongArray(most);
  }

  int most() {
    return written.length();
  }

  /** The token is given to the producer now. */
  void written(int token) {
    tell(written, token, System.nanoTime());
  }

  /**
   * @param nanos when the plain consumer had it
   */
  void read(int token, long nanos) {
    tell(read, token, nanos);
  }

  /**
   * @param nanos when the client had the event
   */
  void arrived(int token, long nanos) {
    tell(arrived, token, nanos);
  }

  /**
   * @param nanos when the client had the end of the answer
   */
  void ended(int lastToken, long nanos) {
    tell(ended, lastToken, nanos);
  }

  private static void tell(AtomicLongArray times, int token, long nanos) {
    if (!times.compareAndSet(token, 0, nanos)) {
      throw new IllegalStateException("token %d came twice".formatted(token));
    }
  }

  /** Whether the plain consumer has read all up to this one. */
  boolean isRead(int tokens) {
    for (int token = 0; token < tokens; token++) {
      if (read.get(token) == 0) {
        return false;
      }
    }
    return true;
  }

  Spread writtenToRead(int from, int to) {
    return spread(written, read, from, to);
  }

  Spread writtenToEvent(int from, int to) {
    return spread(written, arrived, from, to);
  }

  /** What stands between the plain consumer and the event. */
  Spread readToEvent(int from, int to) {
    return spread(read, arrived, from, to);
  }

  /** From the last token's record to the end of the answer. */
  Spread ends(int from, int to) {
    return spread(written, ended, from, to);
  }

  /** Tokens that lack an event are a fault of whoever counts; of ends there are fewer. */
  private static Spread spread(AtomicLongArray begin, AtomicLongArray end, int from, int to) {
    long[] nanos = new long[to - from];
    int count = 0;
    for (int token = from; token < to; token++) {
      if (begin.get(token) != 0 && end.get(token) != 0) {
        nanos[count++] = end.get(token) - begin.get(token);
      }
    }
    return Spread.of(Arrays.copyOf(nanos, count));
  }
}
