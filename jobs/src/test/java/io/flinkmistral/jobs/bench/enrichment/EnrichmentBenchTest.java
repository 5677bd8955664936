package io.flinkmistral.jobs.bench.enrichment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The benchmark does what it says, with the small model and a server that answers at once. */
@Timeout(180)
class EnrichmentBenchTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  private final Queue<JsonNode> requests = new ConcurrentLinkedQueue<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(ServerRequest.PATH, this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void eachTaskIsDoneByAllOfThemWithTheSameTokens() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    run(Map.of("tasks", ""), out);
    List<JsonNode> lines =
        out.toString(StandardCharsets.UTF_8).lines().map(JSON::readTree).toList();
    assertThat(lines)
        .extracting(line -> line.get("task").asString())
        .containsExactly("classify", "extract", "complete");
    for (JsonNode line : lines) {
      JsonNode speeds = line.get("records_per_second");
      assertThat(speeds.propertyNames()).contains("job", "engine", "server");
      for (JsonNode rounds : speeds) {
        assertThat(rounds).hasSize(2).allMatch(speed -> speed.doubleValue() > 0);
      }
      assertThat(line.get("ratios").propertyNames()).contains("job/engine", "job/server");
      assertThat(line.get("prompt_tokens").doubleValue()).isBetween(70.0, 90.0);
    }
    // Two of them for a label: in a warm-up of twice two records, and in two rounds of three.
    assertThat(requests).hasSize(4 * (2 * 2 + 2 * 3));
    assertThat(requests).allMatch(request -> request.get("cache_prompt").booleanValue());
    assertThat(requests).allMatch(request -> request.get("prompt").size() >= 70);
    // Nobody knows a whole prompt from before, be it from another contender.
    assertThat(requests.stream().map(request -> request.get("prompt")).distinct())
        .hasSize(requests.size());
    List<JsonNode> first = requests.stream().limit(2).map(r -> r.get("prompt")).toList();
    for (int i = 0; i < 60; i++) {
      assertThat(first.get(0).get(i)).as("token %d", i).isEqualTo(first.get(1).get(i));
    }
    assertThat(first.get(0)).isNotEqualTo(first.get(1));
  }

  @Test
  void whatIsNoAnswerIsNotMeasured() {
    server.removeContext(ServerRequest.PATH);
    server.createContext(
        ServerRequest.PATH, exchange -> send(exchange, 200, Map.of("content", "Z")));
    assertThatThrownBy(() -> run(Map.of("tasks", "classify"), new ByteArrayOutputStream()))
        .hasStackTraceContaining("answers \"Z\", and not [A-D]");
    assertThatThrownBy(() -> run(Map.of("tasks", "poem"), new ByteArrayOutputStream()))
        .hasMessage("there is no task poem here: tasks are [classify, extract, complete]");
  }

  private void run(Map<String, String> given, ByteArrayOutputStream out) throws Exception {
    Map<String, String> small =
        Map.of(
            "server", "http://127.0.0.1:" + server.getAddress().getPort(),
            "records", "3",
            "rounds", "2",
            "concurrency", "2",
            "shared", "60",
            "own", "20",
            "answer", "4",
            "options", "--engine.threads 1");
    EnrichmentBench.run(
        name -> given.getOrDefault(name, small.getOrDefault(name, "")),
        new PrintStream(out, true, StandardCharsets.UTF_8));
  }

  /** As the grammar that is sent wants it. */
  private void answer(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody());
    requests.add(request);
    String grammar = request.path("grammar").asString("");
    String content =
        grammar.isEmpty()
            ? "Hello."
            : grammar.contains("date")
                ? "{\"a\":1,\"b\":true,\"c\":\"2026-01-31\",\"d\":\"dogs\"}"
                : "B";
    send(
        exchange,
        200,
        Map.of(
            "content",
            content,
            "tokens_predicted",
            2,
            "timings",
            Map.of("prompt_n", 10, "cache_n", 40)));
  }

  private static void send(HttpExchange exchange, int code, Map<String, ?> body)
      throws IOException {
    byte[] bytes = JSON.writeValueAsBytes(body);
    exchange.sendResponseHeaders(code, bytes.length);
    try (exchange) {
      exchange.getResponseBody().write(bytes);
    }
  }
}
