package io.flinkmistral.jobs.gateway.http;

import io.flinkmistral.jobs.gateway.http.exchange.Exchange;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;

/** The page to chat with. It has its own files and nothing else, and may ask this server alone. */
final class Page {
  private static final String FOLDER = "/gateway/";

  /** Paths and their types. */
  private static final Map<String, String> TYPES =
      Map.of(
          "/", "text/html; charset=utf-8",
          "/page.js", "text/javascript; charset=utf-8",
          "/page.css", "text/css; charset=utf-8");

  private static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:;"
          + " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  private final Map<String, Buffer> files = new HashMap<>();

  /**
   * @throws IOException if a file is missing
   */
  Page() throws IOException {
    for (String path : TYPES.keySet()) {
      files.put(path, read(path.equals("/") ? "index.html" : path.substring(1)));
    }
  }

  private static Buffer read(String name) throws IOException {
    try (InputStream in = Page.class.getResourceAsStream(FOLDER + name)) {
      if (in == null) {
        throw new FileNotFoundException("the resource %s%s is missing".formatted(FOLDER, name));
      }
      return Buffer.buffer(in.readAllBytes());
    }
  }

  boolean has(String path) {
    return TYPES.containsKey(path);
  }

  void answer(Exchange exchange, String path) {
    exchange.run(() -> send(exchange.response(), path));
  }

  private void send(HttpServerResponse response, String path) {
    response
        .putHeader("Content-Type", TYPES.get(path))
        .putHeader("Content-Security-Policy", POLICY)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Referrer-Policy", "no-referrer")
        .putHeader("Cache-Control", "no-cache")
        .end(files.get(path));
  }
}
