package io.flinkmistral.jobs.gateway.http.exchange;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.vertx.core.Context;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.VertxConnection;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/**
 * A request and its response. Both belong to one event loop: what other threads want of them is
 * handed to it, and done in order.
 */
public final class Exchange {
  /** When one who is sent away for now should come back. */
  private static final Duration LATER = Duration.ofSeconds(5);

  private static final int TOO_MANY = 429;
  private static final int UNAVAILABLE = 503;

  private final Context context;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private Runnable whenGone = () -> {};
  private volatile boolean gone;

  /** To be made by the request's event loop. */
  public Exchange(Context context, HttpServerRequest request) {
    this.context = context;
    this.request = request;
    this.response = request.response();
    response.closeHandler(_ -> gone());
    response.exceptionHandler(_ -> gone());
  }

  public HttpServerRequest request() {
    return request;
  }

  public HttpServerResponse response() {
    return response;
  }

  public Context context() {
    return context;
  }

  public Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeader(name));
  }

  /** Does something to the response; nothing where the client is gone. */
  public void run(Runnable action) {
    context.runOnContext(
        _ -> {
          if (!response.closed() && !response.ended()) {
            action.run();
          }
        });
  }

  /** What is to be done when the client goes away before its answer is over; at once if it has. */
  public void whenGone(Runnable action) {
    context.runOnContext(
        _ -> {
          whenGone = action;
          if (gone) {
            action.run();
          }
        });
  }

  /**
   * Leaves a client that does not take what is sent. To be called by the event loop. The library's
   * own ways to close a connection wait until it has taken what was written; this one, by which it
   * closes idle ones, does not.
   */
  public void drop() {
    gone();
    if (request.connection() instanceof VertxConnection connection) {
      connection.channelHandlerContext().close();
    } else {
      request.connection().close();
    }
  }

  /** Whether the client went away before its answer was over. */
  public boolean isGone() {
    return gone;
  }

  private void gone() {
    if (!gone && !response.ended()) {
      gone = true;
      whenGone.run();
    }
  }

  /** Nothing where headers have gone out already, as those of a stream that begins late. */
  public void header(String name, String value) {
    run(
        () -> {
          if (!response.headWritten()) {
            response.putHeader(name, value);
          }
        });
  }

  /**
   * Says that server-sent events follow, where nothing was said yet. To be called by the event
   * loop.
   */
  public void beginEvents() {
    if (!response.headWritten()) {
      response
          .setChunked(true)
          .putHeader("Content-Type", "text/event-stream; charset=utf-8")
          .putHeader("Cache-Control", "no-cache")
          .putHeader("X-Accel-Buffering", "no");
    }
  }

  public void json(int status, ObjectNode body) {
    String text = body.toString();
    run(() -> send(status, text));
  }

  public void text(String type, String text) {
    run(() -> response.putHeader("Content-Type", type).end(text));
  }

  public void fail(ApiException error) {
    String text = error.body().toString();
    run(
        () -> {
          if (error.status() == TOO_MANY || error.status() == UNAVAILABLE) {
            long seconds =
                error.retryAfterSeconds() > 0 ? error.retryAfterSeconds() : LATER.toSeconds();
            response.putHeader("Retry-After", Long.toString(seconds));
          }
          if (error.status() == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
          }
          send(error.status(), text);
        });
  }

  private void send(int status, String text) {
    boolean unread = !request.isEnded();
    if (unread) {
      // What the client still sends is not read.
      response.putHeader("Connection", "close");
    }
    response
        .setStatusCode(status)
        .putHeader("Content-Type", "application/json")
        .end(text)
        .onComplete(
            _ -> {
              if (unread) {
                request.connection().close();
              }
            });
  }
}
