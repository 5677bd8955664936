package io.flinkmistral.jobs.gateway.http.exchange;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Closes connections on which no request comes. Requests may be sent one behind the other without
 * waiting: the next one can begin before the end of the answer before it is told of. So it runs
 * after the end of the answer to the last request that has begun. What it is told of a connection
 * comes from the connection's event loop.
 */
public final class RequestClock {
  private final Vertx vertx;
  private final Duration patience;
  private final Map<HttpConnection, Turn> turns = new ConcurrentHashMap<>();

  /** How it stands with an open connection. */
  private static final class Turn {
    private Optional<HttpServerRequest> last = Optional.empty();
    private Optional<Long> timer = Optional.empty();
  }

  public RequestClock(Vertx vertx, Duration patience) {
    this.vertx = vertx;
    this.patience = patience;
  }

  /** From now on a request has to come. */
  public void opened(HttpConnection connection) {
    Turn turn = new Turn();
    turns.put(connection, turn);
    start(connection, turn);
  }

  /** One has come. */
  public void begun(HttpServerRequest request) {
    Turn turn = turns.get(request.connection());
    if (turn != null) {
      turn.last = Optional.of(request);
      stop(turn);
    }
  }

  /** It is answered: another one has to come, unless it has. */
  public void answered(HttpServerRequest request) {
    Turn turn = turns.get(request.connection());
    if (turn != null && turn.last.equals(Optional.of(request))) {
      start(request.connection(), turn);
    }
  }

  /** None will come. */
  public void closed(HttpConnection connection) {
    Turn turn = turns.remove(connection);
    if (turn != null) {
      stop(turn);
    }
  }

  private void start(HttpConnection connection, Turn turn) {
    stop(turn);
    turn.timer = Optional.of(vertx.setTimer(patience.toMillis(), _ -> connection.close()));
  }

  private void stop(Turn turn) {
    turn.timer.ifPresent(vertx::cancelTimer);
    turn.timer = Optional.empty();
  }
}
