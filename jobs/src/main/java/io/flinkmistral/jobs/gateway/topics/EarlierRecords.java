package io.flinkmistral.jobs.gateway.topics;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.flink.configuration.ReadableConfig;

/**
 * Looks back in the topics, so far as an option says, for requests that were sent before, perhaps
 * by other gateways. A look has a connection of its own and reads much, so only some are taken at
 * once, and others wait for their turn.
 */
public final class EarlierRecords {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** So many wait for each that looks. */
  private static final int QUEUE = 20;

  private final ReadableConfig options;
  private final Duration back;
  private final int most;
  private final Semaphore places;

  /**
   * @param back how far
   * @param most looks at once
   */
  public EarlierRecords(ReadableConfig options, Duration back, int most) {
    this.options = options;
    this.back = back;
    this.most = most;
    this.places = new Semaphore(most, true);
  }

  /** How far it looks back. */
  public Duration back() {
    return back;
  }

  /**
   * Begins to look, when it is its turn.
   *
   * @param conversation whose requests are looked at
   * @param gone whether nobody wants to know any more
   * @throws ApiException if too many others look
   */
  public LookBack look(String conversation, BooleanSupplier gone) throws InterruptedException {
    if (places.getQueueLength() >= QUEUE * most
        || !places.tryAcquire(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw ApiException.failed(
          503, "overloaded", "too many requests with an Idempotency-Key at once: try again later");
    }
    boolean looks = false;
    try {
      LookBack look = LookBack.begin(options, back, conversation, gone, places::release);
      looks = true;
      return look;
    } finally {
      if (!looks) {
        places.release();
      }
    }
  }
}
