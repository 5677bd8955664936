package io.flinkmistral.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.gateway.GatewayClient.Reply;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a gateway makes of what may come in the topics, whenever it comes. */
@Timeout(60)
class GatewayTopicsTest {
  private static final String CHAT = "/v1/chat/completions";

  @TempDir private static Path folder;
  private static TopicsAlone topics;
  private static Gateway gateway;
  private static GatewayClient client;
  private static final ExecutorService THREADS = Executors.newVirtualThreadPerTaskExecutor();

  @BeforeAll
  static void start() throws Exception {
    topics = TopicsAlone.start(folder);
    gateway = topics.gateway("--gateway.max-unsent=64kb");
    client = new GatewayClient(gateway.address());
  }

  @AfterAll
  static void stop() {
    THREADS.close();
    gateway.close();
    topics.close();
  }

  private static String messages(String word) {
    return "\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]".formatted(word);
  }

  private static <T> Future<T> inTheBackground(Supplier<T> call) {
    return CompletableFuture.supplyAsync(call, THREADS);
  }

  @Test
  void aCallIsOverWithTheLastPieceWhetherOrNotACheckpointCompletes() throws Exception {
    Future<Reply> reply = inTheBackground(() -> client.chat("{" + messages("over-1") + "}"));
    JsonNode request = topics.request("over-1");
    topics.piece(request, 1, "Hel", "");
    topics.end(request, 2, "lo");
    assertThat(reply.get().content()).isEqualTo("Hello");
    assertThat(reply.get().json().at("/usage/total_tokens").intValue()).isEqualTo(5);
  }

  @Test
  void whatClientsSeeIsMeasured() throws Exception {
    try (Gateway measured = topics.gateway()) {
      GatewayClient asking = new GatewayClient(measured.address());
      Future<Reply> reply = inTheBackground(() -> asking.chat("{" + messages("metric-1") + "}"));
      JsonNode request = topics.request("metric-1");
      topics.piece(request, 1, "a", "");
      topics.end(request, 2, "b");
      reply.get();
      asking.chat("{}");
      assertThat(
              asking.raw("GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
          .contains(
              "vllm:time_to_first_token_seconds_bucket{model_name=\"mistral\",le=\"2560.0\"} 1\n",
              "vllm:time_to_first_token_seconds_count{model_name=\"mistral\"} 1\n",
              "vllm:inter_token_latency_seconds_count{model_name=\"mistral\"} 1\n",
              "vllm:e2e_request_latency_seconds_bucket{model_name=\"mistral\",le=\"+Inf\"} 1\n",
              "vllm:prompt_tokens_total{model_name=\"mistral\"} 3\n",
              "vllm:generation_tokens_total{model_name=\"mistral\"} 2\n",
              "vllm:num_requests_running{model_name=\"mistral\"} 0\n",
              "vllm:request_success_total{model_name=\"mistral\",finished_reason=\"stop\"} 1\n",
              "gateway:requests_failed_total{model_name=\"mistral\",status=\"400\"} 1\n");
    }
  }

  @Test
  void whatIsSaidTwiceIsToldOnce() throws Exception {
    Future<List<JsonNode>> events =
        inTheBackground(
            () -> client.stream(CHAT, "{\"stream\": true, " + messages("twice-1") + "}"));
    JsonNode request = topics.request("twice-1");
    topics.piece(request, 1, "a", "");
    topics.piece(request, 3, "bc", "");
    topics.piece(request, 1, "a", "");
    topics.piece(request, 3, "bc", "");
    topics.piece(request, 4, "d", "");
    topics.end(request, 5, "e");
    topics.end(request, 5, "e");
    assertThat(
            events.get().stream()
                .map(e -> e.at("/choices/0/delta/content").asString(""))
                .filter(text -> !text.isEmpty()))
        .containsExactly("a", "bc", "d", "e");
  }

  @Test
  void whatWasEndedFromOutsideIsWhatTheCompletionSays() throws Exception {
    Future<List<JsonNode>> events =
        inTheBackground(
            () -> client.stream(CHAT, "{\"stream\": true, " + messages("outside-1") + "}"));
    JsonNode request = topics.request("outside-1");
    topics.piece(request, 1, "a", "");
    topics.piece(
        request, 1, "a", ", \"finish_reason\": \"cancelled\", \"usage\": {\"prompt_tokens\": 1}");
    topics.say(
        "completions",
        request,
        """
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "ab"}, "finish_reason": "cancelled"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}\
        """);
    assertThat(
            events.get().stream().map(e -> e.at("/choices/0/delta/content").asString("")).toList())
        .containsExactly("", "a", "b", "");
    assertThat(events.get().getLast().at("/choices/0/finish_reason").asString())
        .isEqualTo("cancelled");
  }

  @Test
  void anErrorInTheMiddleOfAStreamIsTold() throws Exception {
    Future<String> text =
        inTheBackground(
            () -> {
              try (InputStream in =
                  client.open(CHAT, "{\"stream\": true, " + messages("middle-1") + "}")) {
                return new String(in.readAllBytes(), UTF_8);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            });
    JsonNode request = topics.request("middle-1");
    topics.piece(request, 1, "a", "");
    topics.say(
        "completions",
        request,
        """
        "error": {"message": "no way", "type": "server_error", "param": null, "code": "constraint_dead_end"}\
        """);
    assertThat(text.get()).contains("\"code\":\"constraint_dead_end\"").doesNotContain("[DONE]");
  }

  @Test
  void recordsThatAreNoAnswersArePassedOver() throws Exception {
    Future<Reply> reply = inTheBackground(() -> client.chat("{" + messages("strange-1") + "}"));
    JsonNode request = topics.request("strange-1");
    byte[] key = request.path("conversation_id").asString().getBytes(UTF_8);
    for (byte[] value :
        new byte[][] {
          null, new byte[0], {1, 2, 3}, "[]".getBytes(UTF_8), "{\"request_id\": 7}".getBytes(UTF_8)
        }) {
      topics.producer().send(new ProducerRecord<>("tokens", key, value)).get();
    }
    topics.say("tokens", request, "\"choice\": 9, \"index\": 1, \"text\": \"x\"");
    topics.say("tokens", request, "\"nothing\": 1");
    String another =
        "{\"request_id\": \"%s\", \"conversation_id\": \"another\", \"choice\": 0, \"index\": 0, \"text\": \"y\"}"
            .formatted(request.path("request_id").asString());
    topics.producer().send(new ProducerRecord<>("tokens", key, another.getBytes(UTF_8))).get();
    topics.end(request, 1, "well");
    assertThat(reply.get().content()).isEqualTo("well");
  }

  @Test
  void anAnswerThatLacksWhatItShouldHaveEndsAndNobodyElsesIsHeldUp() throws Exception {
    Future<Reply> strange = inTheBackground(() -> client.chat("{" + messages("strange-2") + "}"));
    Future<Reply> other = inTheBackground(() -> client.chat("{" + messages("strange-3") + "}"));
    JsonNode otherRequest = topics.request("strange-3");
    topics.say(
        "tokens",
        topics.request("strange-2"),
        "\"choice\": 0, \"index\": 1, \"text\": \"x\", \"finish_reason\": \"stop\"");
    assertThat(strange.get().content()).isEqualTo("x");
    topics.end(otherRequest, 1, "well");
    assertThat(other.get().content()).isEqualTo("well");
  }

  @Test
  void whoTakesAStreamTooSlowlyIsDroppedAndItsRequestEnded() throws Exception {
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(
          new InetSocketAddress(gateway.address().getHost(), gateway.address().getPort()));
      String body = "{\"stream\": true, " + messages("slow-1") + "}";
      socket
          .getOutputStream()
          .write(
              "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(CHAT, body.length(), body)
                  .getBytes(UTF_8));
      JsonNode request = topics.request("slow-1");
      String large = "x".repeat(500_000);
      for (int i = 1; i <= 40; i++) {
        topics.piece(request, i, large, "");
      }
      assertCancelled(request);
      assertIsClosed(socket);
    }
  }

  /** Who has closed a connection answers what still comes with a reset, whatever is unread. */
  private static void assertIsClosed(Socket socket) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    assertThatThrownBy(
            () -> {
              while (System.nanoTime() < end) {
                socket.getOutputStream().write(1);
              }
            })
        .isInstanceOf(SocketException.class);
  }

  @Test
  void aRequestIsCancelledThoughItsClientGoesBeforeAnythingIsSaid() throws Exception {
    try (Socket socket = new Socket(gateway.address().getHost(), gateway.address().getPort())) {
      String body = "{" + messages("early-1") + "}";
      socket
          .getOutputStream()
          .write(
              "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
                  .formatted(CHAT, body.length(), body)
                  .getBytes(UTF_8));
      topics.request("early-1");
    }
    assertCancelled(topics.request("early-1"));
  }

  private static void assertCancelled(JsonNode request) {
    JsonNode cancel =
        topics.request("{\"cancel\":%s".formatted(request.get("request_id").toString()));
    assertThat(cancel.get("conversation_id")).isEqualTo(request.get("conversation_id"));
  }

  /** Equal beginnings, asked at once, and equal second turns, asked at once. */
  @Test
  void fiveHundredEqualDialoguesAreFiveHundredConversations() throws Exception {
    int dialogues = 500;
    List<Reply> first = askAtOnce(dialogues, "{" + messages("equal-1") + "}", "equal-1");
    List<Reply> second =
        askAtOnce(
            dialogues,
            """
            {"messages": [{"role": "user", "content": "equal-1"}, {"role": "assistant", "content": "same"},
             {"role": "user", "content": "equal-2"}]}\
            """,
            "equal-2");
    List<String> conversations =
        first.stream().map(reply -> reply.header("x-conversation-id")).toList();
    assertThat(conversations).doesNotHaveDuplicates().hasSize(dialogues);
    assertThat(second.stream().map(reply -> reply.header("x-conversation-id")))
        .containsExactlyInAnyOrderElementsOf(conversations);
  }

  private static List<Reply> askAtOnce(int times, String body, String word) throws Exception {
    List<Future<Reply>> replies =
        Stream.generate(() -> inTheBackground(() -> client.chat(body))).limit(times).toList();
    try (TopicProbe prompts = new TopicProbe(topics.broker().bootstrapServers(), "prompts")) {
      for (ConsumerRecord<byte[], byte[]> record :
          prompts.await(times, r -> new String(r.value(), UTF_8).contains(word + "\"}]"))) {
        topics.end(TopicProbe.json(record), 1, "same");
      }
    }
    List<Reply> answered = new ArrayList<>();
    for (Future<Reply> reply : replies) {
      answered.add(reply.get());
      assertThat(answered.getLast().content()).isEqualTo("same");
    }
    return answered;
  }

  @Test
  void aCacheKeyIsAConversationWhileNobodyWaitsForIt() throws Exception {
    String body = "{\"prompt_cache_key\": \"k\", " + messages("cache-1") + "}";
    Future<Reply> first = inTheBackground(() -> client.chat(body));
    JsonNode one = topics.request("cache-1");
    Future<Reply> second = inTheBackground(() -> client.chat(body.replace("cache-1", "cache-2")));
    JsonNode two = topics.request("cache-2");
    assertThat(two.get("conversation_id")).isNotEqualTo(one.get("conversation_id"));
    topics.end(two, 1, "b");
    topics.end(one, 1, "a");
    assertThat(first.get().content() + second.get().content()).isEqualTo("ab");
    Future<Reply> third = inTheBackground(() -> client.chat(body.replace("cache-1", "cache-3")));
    JsonNode three = topics.request("cache-3");
    assertThat(three.get("conversation_id")).isEqualTo(one.get("conversation_id"));
    topics.end(three, 1, "c");
    third.get();
  }

  /** A text would go on from the one before. */
  @Test
  void textsWithOneCacheKeyHaveConversationsOfTheirOwn() throws Exception {
    List<String> conversations = new ArrayList<>();
    for (String word : List.of("cache-4", "cache-5")) {
      String body = "{\"prompt_cache_key\": \"t\", \"prompt\": \"%s\"}".formatted(word);
      Future<Reply> reply = inTheBackground(() -> client.post("/v1/completions", body));
      JsonNode request = topics.request(word);
      conversations.add(request.get("conversation_id").asString());
      topics.end(request, 1, "a");
      assertThat(reply.get().status()).isEqualTo(200);
    }
    assertThat(conversations).doesNotHaveDuplicates();
  }

  @Test
  void aKeyIsRememberedThroughTheTopicsAlone() throws Exception {
    String body = "{" + messages("key-1") + "}";
    Future<Reply> first = inTheBackground(() -> client.chat(body, "Idempotency-Key", "k-1"));
    JsonNode request = topics.request("key-1");
    topics.piece(request, 1, "a", "");
    try (Gateway other = topics.gateway()) {
      GatewayClient second = new GatewayClient(other.address());
      Future<Reply> again = inTheBackground(() -> second.chat(body, "Idempotency-Key", "k-1"));
      topics.end(request, 2, "b");
      assertThat(first.get().content()).isEqualTo("ab");
      assertThat(again.get().content()).isEqualTo("ab");
      assertThat(second.chat(body, "Idempotency-Key", "k-1").content()).isEqualTo("ab");
    }
    assertThat(topics.prompts())
        .filteredOn(json -> json.path("request_id").equals(request.get("request_id")))
        .hasSize(1);
  }
}
