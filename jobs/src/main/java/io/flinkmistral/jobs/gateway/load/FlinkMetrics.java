package io.flinkmistral.jobs.gateway.load;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What Flink's REST API says of the jobs that run. It looks itself every ten seconds or so. */
final class FlinkMetrics implements AutoCloseable {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String WAITING = ".mistral.num_requests_waiting";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();
  private final URI root;

  /**
   * @param address host:port
   */
  FlinkMetrics(String address) {
    this.root = URI.create("http://" + address + "/");
  }

  /**
   * Requests in the state of jobs that are not being answered.
   *
   * @throws IOException if it does not answer, or with something else
   */
  long waitingRequests() throws IOException, InterruptedException {
    long sum = 0;
    for (JsonNode job : get("jobs").path("jobs")) {
      if (job.path("status").asString("").equals("RUNNING")) {
        String path = "jobs/" + job.path("id").asString("");
        for (JsonNode vertex : get(path).path("vertices")) {
          sum += waiting(path + "/vertices/" + vertex.path("id").asString(""));
        }
      }
    }
    return sum;
  }

  /** Of all subtasks; 0 where they have no such metric. */
  private long waiting(String vertex) throws IOException, InterruptedException {
    String metrics = vertex + "/subtasks/metrics";
    long sum = 0;
    for (JsonNode metric : get(metrics)) {
      String id = metric.path("id").asString("");
      if (id.endsWith(WAITING)) {
        String name = URLEncoder.encode(id, StandardCharsets.UTF_8);
        sum += get(metrics + "?agg=sum&get=" + name).path(0).path("sum").asLong(0);
      }
    }
    return sum;
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    URI uri = root.resolve(path);
    HttpResponse<String> response =
        client.send(
            HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
            HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != 200) {
      throw new IOException("%s answers %d".formatted(uri, response.statusCode()));
    }
    try {
      return MAPPER.readTree(response.body());
    } catch (JacksonException e) {
      throw new IOException(uri + " does not answer with JSON", e);
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
