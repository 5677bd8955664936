package io.flinkmistral.jobs.gateway.http.exchange;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Closes connections on which no request comes. */
public final class RequestClock {
  private final Vertx vertx;
  private final Duration patience;
  private final Map<HttpConnection, Long> timers = new ConcurrentHashMap<>();

  public RequestClock(Vertx vertx, Duration patience) {
    this.vertx = vertx;
    this.patience = patience;
  }

  /** From now on a request has to come. */
  public void start(HttpConnection connection) {
    Long before =
        timers.put(connection, vertx.setTimer(patience.toMillis(), _ -> connection.close()));
    cancel(before);
  }

  /** One has come, or none will. */
  public void stop(HttpConnection connection) {
    cancel(timers.remove(connection));
  }

  private void cancel(Long timer) {
    if (timer != null) {
      vertx.cancelTimer(timer);
    }
  }
}
