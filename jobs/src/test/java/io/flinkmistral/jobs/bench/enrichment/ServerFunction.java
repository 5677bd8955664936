package io.flinkmistral.jobs.bench.enrichment;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.streaming.api.functions.async.ResultFuture;
import org.apache.flink.streaming.api.functions.async.RichAsyncFunction;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sends a record's request to a server. */
final class ServerFunction extends RichAsyncFunction<Timed, Outcome> {
  private static final long serialVersionUID = 1L;

  private static final int OK = 200;

  private final URI address;
  private final String answer;
  private transient HttpClient http;

  /**
   * @param answer a regular expression that answers match
   */
  ServerFunction(URI address, String answer) {
    this.address = address;
    this.answer = answer;
  }

  @Override
  public void open(OpenContext context) {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @Override
  public void asyncInvoke(Timed request, ResultFuture<Outcome> future) {
    HttpRequest post =
        HttpRequest.newBuilder(address)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(request.text()))
            .build();
    http.sendAsync(post, HttpResponse.BodyHandlers.ofString())
        .whenComplete(
            (response, error) -> {
              try {
                if (error != null) {
                  throw new IOException(address + " does not answer: " + error, error);
                }
                future.complete(List.of(outcome(request.began(), response)));
              } catch (Exception e) {
                future.completeExceptionally(e);
              }
            });
  }

  private Outcome outcome(long began, HttpResponse<String> response) throws IOException {
    if (response.statusCode() != OK) {
      throw new IOException(
          "%s answers %d: %s".formatted(address, response.statusCode(), response.body()));
    }
    JsonNode body = JsonMapper.shared().readTree(response.body());
    String text = body.path("content").asString("");
    if (!text.strip().matches(answer)) {
      throw new IOException("%s answers \"%s\", and not %s".formatted(address, text, answer));
    }
    JsonNode timings = body.path("timings");
    int reused = timings.path("cache_n").asInt(-1);
    return new Outcome(
        began,
        System.nanoTime(),
        timings.path("prompt_n").asInt(0) + Math.max(0, reused),
        reused,
        body.path("tokens_predicted").asInt(0),
        text);
  }

  @Override
  public void close() {
    if (http != null) {
      http.shutdownNow();
    }
  }
}
