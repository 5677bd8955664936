package io.flinkmistral.jobs.gateway.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** On answers of the form that Flink's have. */
@Timeout(20)
class FlinkMetricsTest {
  private final Map<String, String> answers = new HashMap<>();
  private HttpServer server;
  private FlinkMetrics metrics;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String answer = answers.get(exchange.getRequestURI().toString());
          byte[] body = answer == null ? new byte[] {'?'} : answer.getBytes(UTF_8);
          exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    metrics = new FlinkMetrics("127.0.0.1:" + server.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    metrics.close();
    server.stop(0);
  }

  @Test
  void whatWaitsInAllSlotsOfAllJobsThatRunIsSummed() throws Exception {
    String metric = "mistral: a b.mistral.num_requests_waiting";
    String encoded = "mistral%3A+a+b.mistral.num_requests_waiting";
    answers.put(
        "/jobs",
        """
        {"jobs": [{"id": "j1", "status": "RUNNING"}, {"id": "j2", "status": "FINISHED"}, {"id": "j3", "status": "RUNNING"}]}\
        """);
    for (String job : new String[] {"j1", "j3"}) {
      answers.put("/jobs/" + job, "{\"vertices\": [{\"id\": \"v1\"}, {\"id\": \"v2\"}]}");
      answers.put("/jobs/" + job + "/vertices/v1/subtasks/metrics", "[{\"id\": \"numRecordsIn\"}]");
      String path = "/jobs/" + job + "/vertices/v2/subtasks/metrics";
      answers.put(path, "[{\"id\": \"numRecordsIn\"}, {\"id\": \"" + metric + "\"}]");
      answers.put(
          path + "?agg=sum&get=" + encoded, "[{\"id\": \"" + metric + "\", \"sum\": 21.0}]");
    }
    assertThat(metrics.waitingRequests()).isEqualTo(42);
  }

  @Test
  void whatIsNoFlinkIsSaidToBeNone() {
    assertThatThrownBy(metrics::waitingRequests)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("404");
    answers.put("/jobs", "<html>");
    assertThatThrownBy(metrics::waitingRequests)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("JSON");
  }
}
