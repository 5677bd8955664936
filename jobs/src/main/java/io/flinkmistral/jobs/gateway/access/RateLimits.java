package io.flinkmistral.jobs.gateway.access;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * How much each client may ask for. A client has a store of requests and one of tokens, a minute's
 * worth each, which fill up evenly. What an answer takes is known when it is over, and may be more
 * than there is: then the next request waits until that is made good.
 */
public final class RateLimits {
  private static final double NANOS_A_MINUTE = Duration.ofMinutes(1).toNanos();

  private final int requests;
  private final int tokens;
  private final LongSupplier clock;
  private final Map<Client, Stores> stores = new ConcurrentHashMap<>();

  /**
   * @param requests a minute; 0 for as many as come
   * @param tokens a minute, of prompts and answers; 0 for as many as come
   * @param clock nanoseconds
   */
  public RateLimits(int requests, int tokens, LongSupplier clock) {
    this.requests = requests;
    this.tokens = tokens;
    this.clock = clock;
  }

  /** What a client has left. */
  private static final class Stores {
    private double requests;
    private double tokens;
    private long filled;

    private Stores(double requests, double tokens, long filled) {
      this.requests = requests;
      this.tokens = tokens;
      this.filled = filled;
    }
  }

  private Stores of(Client client) {
    return stores.computeIfAbsent(client, _ -> new Stores(requests, tokens, clock.getAsLong()));
  }

  /**
   * A request comes.
   *
   * @throws ApiException if it has to wait, and how long
   */
  public void take(Client client) {
    Stores left = of(client);
    synchronized (left) {
      fill(left);
      if (requests > 0 && left.requests < 1) {
        throw tooMany("requests", requests, (1 - left.requests) / requests);
      }
      if (tokens > 0 && left.tokens <= 0) {
        throw tooMany("tokens", tokens, -left.tokens / tokens);
      }
      left.requests--;
    }
  }

  private void fill(Stores left) {
    long now = clock.getAsLong();
    double minutes = (now - left.filled) / NANOS_A_MINUTE;
    left.filled = now;
    left.requests = Math.min(requests, left.requests + minutes * requests);
    left.tokens = Math.min(tokens, left.tokens + minutes * tokens);
  }

  private static ApiException tooMany(String what, int limit, double minutes) {
    long seconds = 1 + (long) (minutes * 60);
    return ApiException.tooMany(
        "an API key has %d %s a minute: try again in %d s".formatted(limit, what, seconds),
        seconds);
  }

  /** What an answer took. */
  public void took(Client client, int count) {
    Stores left = of(client);
    synchronized (left) {
      fill(left);
      left.tokens -= count;
    }
  }
}
