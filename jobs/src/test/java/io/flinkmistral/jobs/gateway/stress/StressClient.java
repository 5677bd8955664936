package io.flinkmistral.jobs.gateway.stress;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Asks gateways for streams, and takes them as its manner is. Many threads may. */
final class StressClient implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int UNAVAILABLE = 503;
  private static final int PIECES_BEFORE_IT_VANISHES = 4;
  private static final List<String> HEROES = List.of("owl", "dog", "cat", "fox", "bear", "hen");
  private static final List<String> NAMES = List.of("Ben", "Tom", "Kim", "Sofia", "Anna");

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<URI> gateways;
  private final Ledger ledger;
  private final String run;
  private final AtomicInteger numbers = new AtomicInteger();

  /**
   * @param run tells this run's keys from those of others
   */
  StressClient(List<URI> gateways, Ledger ledger, String run) {
    this.gateways = gateways;
    this.ledger = ledger;
    this.run = run;
  }

  /** Whether a gateway answers, and its broker. */
  static boolean isHealthy(URI gateway) throws InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(gateway.resolve("/health"))
              .timeout(Duration.ofSeconds(20))
              .build();
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200;
    } catch (IOException e) {
      return false;
    }
  }

  /** Asks for one stream more, and returns when it is whole, or given up. */
  void ask() throws InterruptedException {
    int number = numbers.getAndIncrement();
    Manner manner = Manner.of(number);
    String key = manner.hasKey() ? run + "-" + number : "";
    boolean vanishes = manner.vanishes();
    for (int attempt = 0; !attempt(number, attempt, key, vanishes); attempt++) {
      vanishes = false;
      if (!manner.hasKey()) {
        return;
      }
    }
  }

  /** Whether nothing is left to be done. */
  private boolean attempt(int number, int attempt, String key, boolean vanishes)
      throws InterruptedException {
    URI gateway = gateways.get((number + attempt) % gateways.size());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(gateway.resolve("/v1/chat/completions"))
            .timeout(PATIENCE)
            .POST(HttpRequest.BodyPublishers.ofString(body(number)));
    if (!key.isEmpty()) {
      request.header("Idempotency-Key", key);
    }
    ledger.begins(number);
    try {
      HttpResponse<InputStream> response = http.send(request.build(), BodyHandlers.ofInputStream());
      if (response.statusCode() == UNAVAILABLE && !key.isEmpty()) {
        ledger.sentAway(seconds(response));
        return false;
      }
      return read(number, response, key, vanishes);
    } catch (IOException e) {
      ledger.broke(); // Before anything was said.
      return false;
    } finally {
      ledger.ends(number);
    }
  }

  private static long seconds(HttpResponse<?> response) {
    return response.headers().firstValueAsLong("Retry-After").orElse(0);
  }

  private boolean read(int number, HttpResponse<InputStream> response, String key, boolean vanishes)
      throws IOException {
    String id = response.headers().firstValue("x-request-id").orElse("");
    EventStream events = new EventStream();
    boolean broken = false;
    try (InputStream in = response.body();
        BufferedReader lines = new BufferedReader(new InputStreamReader(in, UTF_8))) {
      if (response.statusCode() != 200) {
        ledger.fault(number, "%d %s".formatted(response.statusCode(), lines.readLine()));
        return true;
      }
      String line;
      while (!events.isOver() && (line = lines.readLine()) != null) {
        if (line.startsWith("data: ")) {
          event(number, events, line.substring("data: ".length()));
        }
        if (vanishes && events.pieces() >= PIECES_BEFORE_IT_VANISHES) {
          break;
        }
      }
    } catch (IOException e) {
      broken = true;
    }
    if (broken) {
      ledger.broke();
    } else if (!events.isOver() && !vanishes) {
      ledger.fault(number, "a stream that ends well without its end: " + events.text());
    }
    ledger.told(new Told(id, key, events.text(), events.end()));
    return events.isOver();
  }

  private void event(int number, EventStream events, String data) {
    if (data.equals("[DONE]")) {
      events.over();
      return;
    }
    JsonNode event = MAPPER.readTree(data);
    if (event.has("error")) {
      ledger.fault(number, data);
      return;
    }
    try {
      events.take(event);
      ledger.piece();
    } catch (IllegalStateException e) {
      ledger.fault(number, e.getMessage());
    }
  }

  private static String body(int number) {
    return """
    {"stream": true, "stream_options": {"include_usage": true}, "temperature": 0.9, "seed": %d, "max_tokens": %d,
     "ignore_eos": true,
     "messages": [{"role": "user", "content": "Tell me a story about a %s called %s."}]}
    """
        .formatted(
            number,
            20 + number * 7 % 60,
            HEROES.get(number % HEROES.size()),
            NAMES.get(number % NAMES.size()));
  }

  /** Its connections are closed. */
  @Override
  public void close() {
    http.shutdownNow();
    http.close();
  }
}
