package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * One who looks at the topics. Who is slow misses records, and is none the worse for it; who takes
 * next to nothing makes room for others.
 */
final class TopicView {
  private final Exchange exchange;
  private final Duration patience;

  /** Since when there is no room for more; of the event loop. */
  private OptionalLong fullSince = OptionalLong.empty();

  /**
   * @param patience for how long it may take nothing of what waits for it
   */
  TopicView(Exchange exchange, Duration patience) {
    this.exchange = exchange;
    this.patience = patience;
  }

  void write(String text) {
    exchange.run(
        () -> {
          exchange.beginEvents();
          if (!exchange.response().writeQueueFull()) {
            exchange.response().write(text);
          }
        });
  }

  /** Drops one who has taken nothing for too long. */
  void look() {
    exchange.run(
        () -> {
          if (!exchange.response().writeQueueFull()) {
            fullSince = OptionalLong.empty();
          } else if (fullSince.isEmpty()) {
            fullSince = OptionalLong.of(System.nanoTime());
          } else if (System.nanoTime() - fullSince.getAsLong() > patience.toNanos()) {
            exchange.drop();
          }
        });
  }
}
