package io.flinkmistral.jobs.cluster.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** In front of a server that answers as Flink's does. */
@Timeout(30)
class StopWithSavepointTest {
  private static final String NOT_RUNNING =
      "java.util.concurrent.CompletionException: org.apache.flink.runtime.checkpoint."
          + "CheckpointException: Checkpoint triggering task prompts (1/3) of job 5e is not being"
          + " executed at the moment. Aborting checkpoint. Failure reason: Not all required tasks"
          + " are currently running.";
  private static final String MADE = "";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Deque<String> outcomes = new ArrayDeque<>();
  private final AtomicInteger asked = new AtomicInteger();
  private HttpServer server;
  private FlinkRest flink;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    answer(
        "/jobs/5e",
        () ->
            """
            {"state": "%s", "vertices": [{"id": "v"}]}\
            """
                .formatted(outcomes.isEmpty() ? "FINISHED" : "RUNNING"));
    answer(
        "/jobs/5e/vertices/v",
        () ->
            """
            {"subtasks": [{"subtask": 0, "attempt": 0, "status": "RUNNING", "taskmanager-id": "t"}]}\
            """);
    answer("/jobs/5e/stop", () -> "{\"request-id\": \"%d\"}".formatted(asked.incrementAndGet()));
    answer("/jobs/5e/savepoints/", this::savepoint);
    server.start();
    flink = new FlinkRest("%s:%d".formatted("127.0.0.1", server.getAddress().getPort()));
  }

  @AfterEach
  void stop() {
    flink.close();
    server.stop(0);
  }

  private interface Body {
    String get();
  }

  private void answer(String path, Body body) {
    server.createContext(
        path,
        exchange -> {
          byte[] bytes = body.get().getBytes(UTF_8);
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
  }

  private String savepoint() {
    String failure = outcomes.size() > 1 ? outcomes.removeFirst() : outcomes.poll();
    return failure == null || failure.equals(MADE)
        ? "{\"operation\": {\"location\": \"file:/s-1\"}}"
        : """
        {"operation": {"failure-cause": {"class": "x", "stack-trace": "%s"}}}\
        """
            .formatted(failure);
  }

  @Test
  void asksAgainWhereTasksAreComingBack() throws Exception {
    outcomes.addAll(List.of(NOT_RUNNING, NOT_RUNNING, MADE));
    assertThat(new StopWithSavepoint(flink, "5e", PATIENCE).run()).isEqualTo("file:/s-1");
    assertThat(asked).hasValue(3);
  }

  @Test
  void doesNotAskAgainWhereTheJobItselfCannotMakeOne() {
    outcomes.addAll(List.of("java.io.IOException: no space is left", MADE));
    assertThatThrownBy(() -> new StopWithSavepoint(flink, "5e", PATIENCE).run())
        .isInstanceOf(FlinkRest.NoSavepointException.class)
        .hasMessageContaining("no space is left");
    assertThat(asked).hasValue(1);
  }

  @Test
  void givesUpInTheEndAndSaysWhatTheLastRefusalWas() {
    // Refused, and from then on never there.
    outcomes.addAll(List.of(NOT_RUNNING));
    server.removeContext("/jobs/5e/savepoints/");
    answer(
        "/jobs/5e/savepoints/",
        () ->
            asked.get() == 1
                ? """
                {"operation": {"failure-cause": {"class": "x", "stack-trace": "%s"}}}\
                """
                    .formatted(NOT_RUNNING)
                : "{\"operation\": {}}");
    assertThatThrownBy(() -> new StopWithSavepoint(flink, "5e", Duration.ofMillis(300)).run())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the savepoint is there: this did not come true in PT0.3S")
        .hasMessageContaining("Not all required tasks are currently running");
  }
}
