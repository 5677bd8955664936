package io.flinkmistral.jobs.bench.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks a gateway for streams, one after the other, on one connection. */
final class StreamClient {
  private static final String PATH = "/v1/chat/completions";
  private static final String DATA = "data: ";
  private static final String DONE = "[DONE]";
  private static final int PATIENCE_MILLIS = 30_000;

  private final URI gateway;
  private final TokenTimes times;

  StreamClient(URI gateway, TokenTimes times) {
    this.gateway = gateway;
    this.times = times;
  }

  /**
   * Takes an answer to its end.
   *
   * @throws IOException if it is not what was asked for
   */
  void ask(int tokens) throws IOException {
    // The old client: it hands on what has come without a change of threads.
    HttpURLConnection http = (HttpURLConnection) gateway.resolve(PATH).toURL().openConnection();
    http.setReadTimeout(PATIENCE_MILLIS);
    http.setDoOutput(true);
    http.setRequestProperty("Content-Type", "application/json");
    try (OutputStream out = http.getOutputStream()) {
      out.write(
          """
          {"model": "mistral", "stream": true, "max_tokens": %d,
           "messages": [{"role": "user", "content": "count"}]}
          """
              .formatted(tokens)
              .getBytes(UTF_8));
    }
    try (BufferedReader events =
        new BufferedReader(new InputStreamReader(http.getInputStream(), UTF_8))) {
      take(events, tokens);
    }
  }

  private void take(BufferedReader events, int tokens) throws IOException {
    int last = -1;
    int count = 0;
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      long now = System.nanoTime();
      if (line.equals(DATA + DONE)) {
        if (count != tokens) {
          throw new IOException("an answer of %d tokens, not of %d".formatted(count, tokens));
        }
        times.ended(last, now);
      } else if (line.startsWith(DATA)) {
        int token = token(line.substring(DATA.length()));
        if (token >= 0) {
          if (token <= last) {
            throw new IOException("token %d came after %d".formatted(token, last));
          }
          times.arrived(token, now);
          last = token;
          count++;
        }
      }
    }
  }

  /** Its number; negative where the event has none. */
  private static int token(String event) throws IOException {
    JsonNode json = JsonMapper.shared().readTree(event);
    if (json.has("error")) {
      throw new IOException("the gateway answers " + event);
    }
    String text = json.at("/choices/0/delta/content").asString("").strip();
    return text.isEmpty() ? -1 : Integer.parseInt(text);
  }
}
