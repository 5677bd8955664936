package io.flinkmistral.jobs.cluster.rest;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What Flink says of itself over HTTP, where its web page is, and what it is told there. */
public final class FlinkRest implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(20);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(TIMEOUT).build();
  private final URI root;

  public FlinkRest(String address) {
    root = URI.create("http://" + address + "/");
  }

  /** The JobManager is not there, or does not lead yet. */
  public static final class NotReadyException extends IOException {
    private static final long serialVersionUID = 1L;

    private NotReadyException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** A savepoint was asked for, and could not be made. */
  public static final class NoSavepointException extends IOException {
    private static final long serialVersionUID = 1L;

    private NoSavepointException(String message) {
      super(message);
    }
  }

  /**
   * A subtask in its latest attempt.
   *
   * @param vertex id of the chain of operators that it runs
   * @param attempt how often it has been started before this
   * @param status in Flink's words, such as RUNNING
   * @param taskManager id of the TaskManager that it is on
   */
  public record Subtask(String vertex, int index, int attempt, String status, String taskManager) {}

  /**
   * Why a job was started again, or has ended.
   *
   * @param timestamp when, in milliseconds of the epoch
   */
  record Failure(long timestamp, String stackTrace) {}

  public int freeSlots() throws IOException, InterruptedException {
    return get("overview").get("slots-available").intValue();
  }

  /** In Flink's words, such as CANCELED. */
  public String jobState(String job) throws IOException, InterruptedException {
    return get("jobs/" + job).get("state").stringValue();
  }

  /** Whether all subtasks are; a job that is only being set up has none as yet. */
  public boolean isRunning(String job) throws IOException, InterruptedException {
    List<Subtask> subtasks = subtasks(job);
    return !subtasks.isEmpty()
        && subtasks.stream().allMatch(subtask -> subtask.status().equals("RUNNING"));
  }

  public List<Subtask> subtasks(String job) throws IOException, InterruptedException {
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

  /** How many slots a job needs: as many as the widest of its vertices has subtasks. */
  int slotsNeeded(String job) throws IOException, InterruptedException {
    int most = 0;
    for (JsonNode vertex : get("jobs/" + job).get("vertices")) {
      most = Math.max(most, vertex.get("parallelism").intValue());
    }
    return most;
  }

  int slots() throws IOException, InterruptedException {
    return get("overview").get("slots-total").intValue();
  }

  /** The last failure that a job has had. */
  Optional<Failure> lastFailure(String job) throws IOException, InterruptedException {
    JsonNode newest =
        get("jobs/%s/exceptions?maxExceptions=1".formatted(job))
            .at("/exceptionHistory/entries")
            .path(0);
    return newest.isMissingNode()
        ? Optional.empty()
        : Optional.of(
            new Failure(
                newest.get("timestamp").longValue(), newest.get("stacktrace").asString("")));
  }

  public void cancel(String job) throws IOException, InterruptedException {
    send(
        request("jobs/" + job + "?mode=cancel")
            .method("PATCH", HttpRequest.BodyPublishers.noBody()));
  }

  /**
   * Asks for a savepoint after which the job ends, without answering what it has not.
   *
   * @param format in Flink's words, CANONICAL or NATIVE
   * @return what to ask {@link #savepoint} for
   */
  public String stop(String job, String format) throws IOException, InterruptedException {
    byte[] body = MAPPER.writeValueAsBytes(Map.of("drain", false, "formatType", format));
    HttpRequest.Builder request =
        request("jobs/" + job + "/stop")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    return MAPPER.readTree(send(request)).get("request-id").stringValue();
  }

  /**
   * Where a savepoint is, or nothing while it is being made.
   *
   * @throws NoSavepointException if it failed; the message has Flink's stack trace
   */
  public String savepoint(String job, String request) throws IOException, InterruptedException {
    JsonNode answer = get("jobs/%s/savepoints/%s".formatted(job, request));
    if (answer.at("/operation/failure-cause").isObject()) {
      throw new NoSavepointException(
          "no savepoint: " + answer.at("/operation/failure-cause/stack-trace").asString());
    }
    return answer.at("/operation/location").asString("");
  }

  private JsonNode get(String path) throws IOException, InterruptedException {
    return MAPPER.readTree(send(request(path)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(root.resolve(path)).timeout(TIMEOUT);
  }

  private String send(HttpRequest.Builder builder) throws IOException, InterruptedException {
    HttpRequest request = builder.build();
    HttpResponse<String> response = answer(request);
    if (response.statusCode() / 100 != 2) {
      String message =
          "%s %s: %d %s"
              .formatted(request.method(), request.uri(), response.statusCode(), response.body());
      // 404: a JobManager that has just begun to lead does not know its jobs yet.
      throw response.statusCode() == 503 || response.statusCode() == 404
          ? new NotReadyException(message, null)
          : new IOException(message);
    }
    return response.body();
  }

  private HttpResponse<String> answer(HttpRequest request)
      throws IOException, InterruptedException {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new NotReadyException("%s: %s".formatted(request.uri(), e), e);
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
