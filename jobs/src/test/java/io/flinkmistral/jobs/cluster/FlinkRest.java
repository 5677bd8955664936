package io.flinkmistral.jobs.cluster;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What Flink says of itself over HTTP, where its web page is. */
final class FlinkRest implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI root;

  FlinkRest(String address) {
    root = URI.create("http://" + address + "/");
  }

  /**
   * A subtask in its latest attempt.
   *
   * @param vertex id of the chain of operators that it runs
   * @param attempt how often it has been started before this
   * @param status in Flink's words, such as RUNNING
   * @param taskManager id of the TaskManager that it is on
   */
  record Subtask(String vertex, int index, int attempt, String status, String taskManager) {}

  int freeSlots() throws IOException, InterruptedException {
    return get("overview").get("slots-available").intValue();
  }

  /** In Flink's words, such as CANCELED. */
  String jobState(String job) throws IOException, InterruptedException {
    return get("jobs/" + job).get("state").stringValue();
  }

  List<Subtask> subtasks(String job) throws IOException, InterruptedException {
    List<Subtask> subtasks = new ArrayList<>();
    for (JsonNode vertex : get("jobs/" + job).get("vertices")) {
      String id = vertex.get("id").stringValue();
      for (JsonNode subtask : get("jobs/%s/vertices/%s".formatted(job, id)).get("subtasks")) {
        subtasks.add(
            new Subtask(
                id,
                subtask.get("subtask").intValue(),
                subtask.get("attempt").intValue(),
                subtask.get("status").stringValue(),
                subtask.get("taskmanager-id").stringValue()));
      }
    }
    return subtasks;
  }

  void cancel(String job) throws IOException, InterruptedException {
    send(
        request("jobs/" + job + "?mode=cancel")
            .method("PATCH", HttpRequest.BodyPublishers.noBody()));
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    return MAPPER.readTree(send(request(path)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(root.resolve(path)).timeout(TIMEOUT);
  }

  private String send(HttpRequest.Builder builder) throws IOException, InterruptedException {
    HttpRequest request = builder.build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() / 100 != 2) {
      throw new IOException(
          "%s %s: %d %s"
              .formatted(request.method(), request.uri(), response.statusCode(), response.body()));
    }
    return response.body();
  }

  @Override
  public void close() {
    client.close();
  }
}
