package io.flinkmistral.jobs.gateway;

import static io.flinkmistral.jobs.gateway.TopicsAlone.inTheBackground;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.gateway.GatewayClient.Reply;
import io.flinkmistral.jobs.gateway.openai.ApiException;
import io.flinkmistral.jobs.gateway.topics.EarlierRecords;
import io.flinkmistral.jobs.gateway.topics.LookBack;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What becomes of a request with an Idempotency-Key, whenever it comes again. */
@Timeout(60)
class GatewayKeysTest {
  private static final Duration LOOK_BACK = Duration.ofHours(1);

  @TempDir private static Path folder;
  private static TopicsAlone topics;
  private static Gateway gateway;
  private static GatewayClient client;

  @BeforeAll
  static void start() throws Exception {
    topics = TopicsAlone.start(folder);
    gateway = topics.gateway("--gateway.look-back=1h");
    client = new GatewayClient(gateway.address());
  }

  @AfterAll
  static void stop() {
    gateway.close();
    topics.close();
  }

  private static String body(String word) {
    return "{\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}".formatted(word);
  }

  private static Future<Reply> ask(String word, String key) {
    return inTheBackground(() -> client.chat(body(word), "Idempotency-Key", key));
  }

  private static String id(JsonNode request) {
    return request.path("request_id").asString();
  }

  private static void refuse(JsonNode request, String code) throws Exception {
    topics.say(
        "completions",
        request,
        """
        "error": {"message": "no", "type": "x", "param": null, "code": "%s"}\
        """
            .formatted(code));
  }

  @Test
  void oneThatComesAgainLaterThanALookBackIsComputedAgain() throws Exception {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest("\nold-1".getBytes(UTF_8));
    String key = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(hash, 16));
    long then = System.currentTimeMillis() - 2 * LOOK_BACK.toMillis();
    String old = "key-%s-%d-1".formatted(key, then / (LOOK_BACK.toMillis() / 2));
    String record =
        "{\"request_id\": \"%s\", \"conversation_id\": \"k-%s~%s\", %s"
            .formatted(old, key, old, body("old-word").substring(1));
    topics
        .producer()
        .send(
            new ProducerRecord<>(
                "prompts", null, then, ("k-" + key).getBytes(UTF_8), record.getBytes(UTF_8)))
        .get();
    Future<Reply> reply = ask("old-word", "old-1");
    JsonNode request = TopicProbe.json(topics.requests("old-word", 2).getLast());
    assertThat(id(request)).startsWith("key-" + key + "-").isNotEqualTo(old);
    topics.end(request, 1, "a");
    assertThat(reply.get().content()).isEqualTo("a");
  }

  @Test
  void oneThatHasFailedInAWayThatPassesIsTriedAgain() throws Exception {
    Future<Reply> first = ask("busy-1", "b-1");
    JsonNode request = topics.request("busy-1");
    topics.piece(request, 1, "half", "");
    refuse(request, "queue_full");
    assertThat(first.get().status()).isEqualTo(429);
    Future<Reply> second = ask("busy-1", "b-1");
    JsonNode again = TopicProbe.json(topics.requests("busy-1", 2).getLast());
    assertThat(id(again)).isNotEqualTo(id(request));
    refuse(again, "constraint_dead_end");
    assertThat(second.get().status()).isEqualTo(500);
    Future<Reply> third = ask("busy-1", "b-1");
    topics.end(TopicProbe.json(topics.requests("busy-1", 3).getLast()), 1, "well");
    assertThat(third.get().content()).isEqualTo("well");
    assertThat(ask("busy-1", "b-1").get().content()).isEqualTo("well");
    assertThat(topics.requests("busy-1", 3)).hasSize(3);
  }

  @Test
  void oneThatCannotBeAnsweredIsNotTriedAgain() throws Exception {
    Future<Reply> first = ask("long-1", "l-1");
    refuse(topics.request("long-1"), "context_length_exceeded");
    assertThat(first.get().status()).isEqualTo(400);
    assertThat(ask("long-1", "l-1").get().json().at("/error/code").asString())
        .isEqualTo("context_length_exceeded");
    assertThat(topics.requests("long-1", 1)).hasSize(1);
  }

  /** Where another gateway's clock is in another period, and both have looked before both write. */
  @Test
  void oneThatWasCancelledForAnotherIsNotTheOneThatCounts() throws Exception {
    Future<Reply> first = ask("twin-1", "t-1");
    JsonNode request = topics.request("twin-1");
    topics.end(request, 1, "first");
    assertThat(first.get().content()).isEqualTo("first");
    String twin = request.toString().replace(id(request), id(request).replaceFirst("-1$", "-9"));
    byte[] key = request.path("conversation_id").asString().split("~")[0].getBytes(UTF_8);
    topics.producer().send(new ProducerRecord<>("prompts", key, twin.getBytes(UTF_8))).get();
    String cancel = "{\"cancel\": \"%s\"}".formatted(id(request).replaceFirst("-1$", "-9"));
    topics.producer().send(new ProducerRecord<>("prompts", key, cancel.getBytes(UTF_8))).get();
    assertThat(ask("twin-1", "t-1").get().content()).isEqualTo("first");
  }

  /** Nothing is charged for it, either. */
  @Test
  void whatIsSentAgainTakesNoTokens() throws Exception {
    try (Gateway limited = topics.gateway("--gateway.tokens-per-minute=10000")) {
      GatewayClient asking = new GatewayClient(limited.address());
      Future<Reply> first =
          inTheBackground(() -> asking.chat(body("free-1"), "Idempotency-Key", "f-1"));
      JsonNode request = topics.request("free-1");
      topics.end(request, 6_000, "a");
      assertThat(first.get().content()).isEqualTo("a");
      for (int i = 0; i < 3; i++) {
        assertThat(asking.chat(body("free-1"), "Idempotency-Key", "f-1").content()).isEqualTo("a");
      }
    }
  }

  @Test
  void onlySoManyLookBackAtOnceAndWaitForThat() throws Exception {
    EarlierRecords earlier = new EarlierRecords(topics.options(), LOOK_BACK, 1);
    LookBack first = earlier.look("c", () -> false);
    ExecutorCompletionService<String> looks =
        new ExecutorCompletionService<>(Thread::startVirtualThread);
    int count = 30;
    for (int i = 0; i < count; i++) {
      looks.submit(
          () -> {
            try (LookBack look = earlier.look("c", () -> false)) {
              return look.last("key-").map(LookBack.Earlier::id).orElse("");
            }
          });
    }
    List<String> refusals = new ArrayList<>();
    refusals.add(refusal(looks.take()));
    assertThat(refusals).as("one looks, and not all may wait").doesNotContain("");
    first.close();
    for (int i = 1; i < count; i++) {
      refusals.add(refusal(looks.take()));
    }
    assertThat(refusals).as("who waits has his turn").contains("");
  }

  private static String refusal(Future<String> look) throws InterruptedException {
    try {
      return look.get();
    } catch (ExecutionException e) {
      assertThat(((ApiException) e.getCause()).status()).isEqualTo(503);
      return e.getCause().getMessage();
    }
  }
}
