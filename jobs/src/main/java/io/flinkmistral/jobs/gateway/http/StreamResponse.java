package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.flinkmistral.jobs.gateway.openai.AnswerEvents;
import io.flinkmistral.jobs.gateway.openai.AnswerListener;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.openai.Piece;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * An answer as server-sent events. The status goes out with the first piece, so that what fails
 * before has its own; or when nothing came for a while, so that nobody on the way takes the
 * connection for dead.
 */
final class StreamResponse implements AnswerListener {
  private static final Logger LOG = LoggerFactory.getLogger(StreamResponse.class);
  private static final long SILENCE_MILLIS = 15_000;

  /** Clients pass over it. */
  private static final String COMMENT = ": still here\n\n";

  private final Exchange exchange;
  private final AnswerEvents events;
  private final HttpServerResponse response;
  private final HeartBeat heartBeat;
  private boolean silent;

  /**
   * @param mostUnsent most bytes that wait for the client to take them
   */
  StreamResponse(Exchange exchange, AnswerEvents events, int mostUnsent) {
    this.exchange = exchange;
    this.events = events;
    this.response = exchange.response();
    exchange.run(() -> response.setWriteQueueMaxSize(mostUnsent));
    this.heartBeat =
        new HeartBeat(
            beat -> exchange.context().owner().setTimer(SILENCE_MILLIS, _ -> exchange.run(beat)),
            this::beat);
  }

  /** Somebody listens. */
  void begin() {
    heartBeat.start();
  }

  /** Nobody listens any more. */
  void stop() {
    heartBeat.stop();
  }

  private void beat() {
    if (silent) {
      write(COMMENT);
    }
    silent = true;
  }

  @Override
  public void begins(String conversation) {
    exchange.run(() -> events.begins(conversation));
  }

  @Override
  public void piece(Piece piece) {
    exchange.run(() -> write(events.of(piece)));
  }

  @Override
  public void over(JsonNode usage, JsonNode promptLogprobs) {
    stop();
    exchange.run(
        () -> {
          write(events.over(usage));
          end();
        });
  }

  @Override
  public void failed(ApiException error) {
    stop();
    exchange.run(
        () -> {
          if (response.headWritten()) {
            write(events.failed(error));
            end();
          } else {
            exchange.fail(error);
          }
        });
  }

  /** What comes together goes out together: each write is a packet. */
  private void write(List<String> together) {
    if (!together.isEmpty()) {
      write(String.join("", together));
    }
  }

  private void write(String text) {
    if (response.closed()) {
      return;
    }
    if (response.writeQueueFull()) {
      LOG.warn(
          "{} takes its stream too slowly, and is dropped",
          exchange.request().connection().remoteAddress());
      exchange.drop();
      return;
    }
    exchange.beginEvents();
    silent = false;
    response.write(text);
  }

  private void end() {
    if (!response.closed()) {
      response.end();
    }
  }
}
