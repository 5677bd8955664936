package io.flinkmistral.jobs.gateway.http.exchange;

import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/** Reads the bodies of requests, which may be neither long nor slow. */
public final class BodyReader {
  private final int mostBytes;
  private final Duration patience;

  public BodyReader(int mostBytes, Duration patience) {
    this.mostBytes = mostBytes;
    this.patience = patience;
  }

  /** Fails with an {@link ApiException}. To be called by the request's event loop, at once. */
  public Future<byte[]> read(HttpServerRequest request, Context context) {
    Promise<byte[]> body = Promise.promise();
    if (announced(request) > mostBytes) {
      body.fail(tooLarge());
      return body.future();
    }
    Buffer bytes = Buffer.buffer();
    long timer =
        context
            .owner()
            .setTimer(
                patience.toMillis(),
                _ -> body.tryFail(ApiException.refused(408, "", "request_timeout", late())));
    request.handler(
        part -> {
          if (bytes.length() + part.length() > mostBytes) {
            body.tryFail(tooLarge());
          } else {
            bytes.appendBuffer(part);
          }
        });
    request.endHandler(_ -> body.tryComplete(bytes.getBytes()));
    request.exceptionHandler(
        _ -> body.tryFail(ApiException.refused(400, "", "request_broken", "the body is broken")));
    return body.future().onComplete(_ -> context.owner().cancelTimer(timer));
  }

  private static long announced(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    return length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : 0;
  }

  private ApiException tooLarge() {
    return ApiException.refused(
        413,
        "",
        "request_too_large",
        "the body of a request has at most %d bytes here".formatted(mostBytes));
  }

  private String late() {
    return "the body did not come within %d ms".formatted(patience.toMillis());
  }
}
