package io.flinkmistral.jobs.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TinyModel;
import io.flinkmistral.jobs.gateway.Gateway;
import io.flinkmistral.jobs.gateway.options.GatewayOptions;
import io.flinkmistral.jobs.options.ChatJobOptions;
import io.flinkmistral.jobs.options.JobArguments;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The demo's job with the gateway that the demo has in front of it. */
@Timeout(120)
class LocalSystemTest {
  private static final String SUM =
      "{\"messages\": [{\"role\": \"user\", \"content\": \"What is seven plus two?\"}]}";
  private static final String STORY =
      "{\"ignore_eos\": true, \"max_tokens\": 400, \"messages\": [{\"role\": \"user\","
          + " \"content\": \"Tell me a story about a pink owl called Ben.\"}]}";
  private static final int MOST_QUEUED = 3;

  @TempDir private static Path folder;
  private static LocalSystem system;
  private static Gateway gateway;
  private static Gateway letsAllIn;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    system = LocalSystem.start(folder.resolve("broker"), folder.resolve("flink"));
    Configuration job =
        JobArguments.parse(
            Map.of(),
            "--model.path=" + TinyModel.PATH,
            "--checkpoint.interval=1s",
            "--batch.conversations=1",
            "--conversation.queued-requests=2");
    job.set(ChatJobOptions.BOOTSTRAP_SERVERS, system.bootstrapServers());
    system.submitChatJob(job);
    List<String> options = new ArrayList<>(system.gatewayOptions("owl.gguf"));
    options.add("--kafka.bootstrap-servers=" + system.bootstrapServers());
    options.add("--gateway.port=0");
    options.add("--gateway.max-queued=" + MOST_QUEUED);
    gateway = gateway(options);
    // What it does not refuse itself, the job may.
    options.add("--gateway.max-queued=0");
    letsAllIn = gateway(options);
  }

  private static Gateway gateway(List<String> options) throws Exception {
    return Gateway.start(
        JobArguments.parse(GatewayOptions.CHECKED, Map.of(), options.toArray(String[]::new)),
        Optional.of(system));
  }

  @AfterAll
  static void stop() throws Exception {
    letsAllIn.close();
    gateway.close();
    system.close();
    http.close();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(gateway.address().resolve(path));
  }

  private static HttpRequest chat(String body) {
    return chat(gateway, body);
  }

  private static HttpRequest chat(Gateway asked, String body) {
    return HttpRequest.newBuilder(asked.address().resolve("/v1/chat/completions"))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static HttpResponse<String> send(HttpRequest request)
      throws IOException, InterruptedException {
    return http.send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode json(HttpResponse<String> response) {
    return JsonMapper.shared().readTree(response.body());
  }

  @Test
  void itsTaskManagerCanBeKilledFromThePage() throws Exception {
    JsonNode session = json(send(request("/page/session").build()));
    assertThat(session.path("kills").asBoolean()).isTrue();
    CompletableFuture<HttpResponse<String>> under =
        http.sendAsync(chat(STORY), HttpResponse.BodyHandlers.ofString());
    HttpResponse<String> killed =
        send(
            request("/page/kill-taskmanager")
                .header("X-Page-Token", session.path("token").asString())
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
    assertThat(killed.statusCode()).as(killed.body()).isEqualTo(200);
    assertThat(json(killed).path("killed").asString()).isEqualTo("the TaskManager");
    assertThat(json(under.get()).at("/usage/completion_tokens").asInt()).isEqualTo(400);
    HttpResponse<String> after = send(chat(SUM));
    assertThat(json(after).at("/choices/0/message/content").asString())
        .isEqualTo("Seven plus two is nine.");
    assertThat(json(after).path("model").asString()).isEqualTo("owl");
  }

  /** The job refuses what is too much for a conversation, and the gateway says when to come. */
  @Test
  void whatTheJobHasNoRoomForIsRefusedForNow() throws Exception {
    String inOne = "{\"conversation\": \"full\", " + STORY.substring(1);
    List<CompletableFuture<HttpResponse<String>>> all = new ArrayList<>();
    for (int i = 0; i < MOST_QUEUED; i++) {
      all.add(http.sendAsync(chat(letsAllIn, inOne), HttpResponse.BodyHandlers.ofString()));
    }
    List<HttpResponse<String>> refused = new ArrayList<>();
    for (CompletableFuture<HttpResponse<String>> one : all) {
      HttpResponse<String> response = one.get();
      if (response.statusCode() != 200) {
        refused.add(response);
      }
    }
    assertThat(refused).hasSize(1).allSatisfy(LocalSystemTest::isForNow);
  }

  /** Whoever sends them: they are counted by offsets and by Flink. */
  @Test
  void whileTooManyWaitForTheJobNewOnesAreRefusedForNow() throws Exception {
    Deque<CompletableFuture<HttpResponse<String>>> asked = new ArrayDeque<>();
    HttpResponse<String> first;
    do {
      while (asked.size() < 2 * MOST_QUEUED) {
        asked.addLast(http.sendAsync(chat(STORY), HttpResponse.BodyHandlers.ofString()));
      }
      first = asked.removeFirst().get();
    } while (first.statusCode() == 200);
    isForNow(first);
    HttpResponse<String> metrics = send(request("/metrics").build());
    assertThat(metrics.body()).contains("vllm:num_requests_waiting");
    for (CompletableFuture<HttpResponse<String>> one : asked) {
      assertThat(one.get().statusCode()).isIn(200, 429);
    }
  }

  private static void isForNow(HttpResponse<String> response) {
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(json(response).at("/error/code").asString()).isEqualTo("queue_full");
    assertThat(Long.parseLong(response.headers().firstValue("Retry-After").orElseThrow()))
        .isPositive();
  }
}
