package io.flinkmistral.jobs.gateway;

import static io.flinkmistral.jobs.gateway.TopicsAlone.inTheBackground;
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
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
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

  @BeforeAll
  static void start() throws Exception {
    topics = TopicsAlone.start(folder);
    gateway = topics.gateway("--gateway.max-unsent=64kb");
    client = new GatewayClient(gateway.address());
  }

  @AfterAll
  static void stop() {
    gateway.close();
    topics.close();
  }

  private static String messages(String word) {
    return "\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]".formatted(word);
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

  /** Whoever asks one behind the other, without waiting for answers. */
  @Test
  void aRequestBehindAnotherHasAllItsTime() throws Exception {
    try (Gateway impatient = topics.gateway("--gateway.body-timeout=300ms")) {
      GatewayClient asking = new GatewayClient(impatient.address());
      String body = "{" + messages("behind-1") + "}";
      Future<String> both =
          inTheBackground(
              () ->
                  raw(
                      asking,
                      "GET /v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"
                          + "POST %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                              .formatted(CHAT, body.length(), body)));
      JsonNode request = topics.request("behind-1");
      // A connection that is opened now is closed when the time is over; the other one's is, then.
      assertThat(raw(asking, "")).isEmpty();
      topics.end(request, 1, "well");
      assertThat(both.get()).contains("\"object\":\"list\"", "\"content\":\"well\"");
    }
  }

  private static String raw(GatewayClient asking, String bytes) {
    try {
      return asking.raw(bytes);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aNameThatNoHeaderTakesIsEncodedThere() throws Exception {
    String body = "{\"conversation\": \"c/ä b\", " + messages("name-1") + "}";
    Future<Reply> named = inTheBackground(() -> client.chat(body));
    JsonNode request = topics.request("name-1");
    topics.end(request, 1, "a");
    String header = named.get().header("x-conversation-id");
    assertThat(header).isEqualTo("c%2F%C3%A4%20b");
    Future<Reply> again =
        inTheBackground(
            () -> client.chat("{" + messages("name-2") + "}", "X-Conversation-Id", header));
    JsonNode second = topics.request("name-2");
    assertThat(second.get("conversation_id")).isEqualTo(request.get("conversation_id"));
    topics.end(second, 1, "b");
    again.get();
  }

  @Test
  void whatIsLeftInMidStreamIsChargedWhenItEnds() throws Exception {
    try (Gateway limited = topics.gateway("--gateway.tokens-per-minute=100")) {
      GatewayClient asking = new GatewayClient(limited.address());
      String body = "{\"stream\": true, " + messages("leave-1") + "}";
      Future<InputStream> stream = inTheBackground(() -> asking.open(CHAT, body));
      JsonNode request = topics.request("leave-1");
      topics.piece(request, 1, "a", "");
      stream.get().close();
      assertCancelled(request);
      topics.say(
          "completions",
          request,
          """
          "choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "cancelled"}],
          "usage": {"prompt_tokens": 90000, "completion_tokens": 1, "total_tokens": 90001}\
          """);
      Reply refused = awaitStatus(asking, 429); // The completion is read soon.
      assertThat(Integer.parseInt(refused.header("retry-after"))).isGreaterThan(600);
    }
  }

  @Test
  void controlCallsAreCountedAsWell() throws Exception {
    try (Gateway limited = topics.gateway("--gateway.requests-per-minute=1")) {
      GatewayClient asking = new GatewayClient(limited.address());
      Future<Reply> shown = inTheBackground(() -> asking.get("/v1/conversations/shown-1"));
      JsonNode show = topics.request("shown-1");
      assertThat(asking.get("/v1/conversations/shown-2").status()).isEqualTo(429);
      assertThat(asking.send("DELETE", "/v1/conversations/shown-2").status()).isEqualTo(429);
      topics
          .producer()
          .send(
              new ProducerRecord<>(
                  "completions",
                  "shown-1".getBytes(UTF_8),
                  "{\"request_id\": %s, \"conversation_id\": \"shown-1\", \"object\": \"conversation\", \"turns\": [{}]}"
                      .formatted(show.get("request_id"))
                      .getBytes(UTF_8)))
          .get();
      assertThat(shown.get().status()).isEqualTo(200);
    }
  }

  /** Of whoever has written them: what the job's consumer group has not read. */
  @Test
  void whileTheQueueIsLongNewRequestsAreSentAway() throws Exception {
    try (Gateway watching =
            topics.gateway("--gateway.max-queued=3", "--kafka.group-id=a-job-that-reads");
        Admin admin =
            Admin.create(
                Map.of(
                    AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                    topics.broker().bootstrapServers()))) {
      GatewayClient asking = new GatewayClient(watching.address());
      assertThat(asking.chat("{}").status()).as("nothing is known of the group").isEqualTo(400);
      for (int i = 0; i < 3; i++) {
        topics
            .producer()
            .send(new ProducerRecord<>("prompts", 0, null, "{}".getBytes(UTF_8)))
            .get();
      }
      commit(admin, 0);
      Reply refused = awaitStatus(asking, 429);
      assertThat(refused.json().at("/error/code").asString()).isEqualTo("queue_full");
      assertThat(Integer.parseInt(refused.header("retry-after"))).isBetween(1, 60);
      assertThat(asking.get("/v1/models").status()).isEqualTo(200);
      TopicPartition partition = new TopicPartition("prompts", 0);
      commit(
          admin,
          admin
              .listOffsets(Map.of(partition, OffsetSpec.latest()))
              .partitionResult(partition)
              .get()
              .offset());
      awaitStatus(asking, 400);
    }
  }

  private static void commit(Admin admin, long offset) throws Exception {
    admin
        .alterConsumerGroupOffsets(
            "a-job-that-reads",
            Map.of(new TopicPartition("prompts", 0), new OffsetAndMetadata(offset)))
        .all()
        .get();
  }

  private static Reply awaitStatus(GatewayClient asking, int status) {
    Reply reply = asking.chat("{}");
    while (reply.status() != status) {
      reply = asking.chat("{}");
    }
    return reply;
  }

  @Test
  void asManyCallsWaitAsMay() throws Exception {
    try (Gateway full = topics.gateway("--gateway.max-calls=1")) {
      GatewayClient asking = new GatewayClient(full.address());
      Future<Reply> waiting = inTheBackground(() -> asking.chat("{" + messages("full-1") + "}"));
      JsonNode request = topics.request("full-1");
      for (Reply refused :
          List.of(
              asking.chat("{" + messages("full-2") + "}"),
              asking.chat("{" + messages("full-2") + "}", "Idempotency-Key", "full-2"),
              asking.get("/v1/conversations/full-2"))) {
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("retry-after")).isNotEmpty();
      }
      topics.end(request, 1, "a");
      assertThat(waiting.get().content()).isEqualTo("a");
      Future<Reply> next = inTheBackground(() -> asking.chat("{" + messages("full-3") + "}"));
      topics.end(topics.request("full-3"), 1, "b");
      assertThat(next.get().content()).isEqualTo("b");
    }
  }

  private static final String CALLS =
      "[{\\\"name\\\": \\\"add\\\", \\\"arguments\\\": {\\\"a\\\": 1}}]";
  private static final String TOLD_CALLS =
      """
      [{"id": "abcdefghi", "type": "function", "function": {"name": "add", "arguments": "{\\"a\\": 1}"}}]\
      """;

  /** The tools came with an earlier turn. */
  @Test
  void callsOfToolsThatTheConversationHasAreToldOnce() throws Exception {
    Future<List<JsonNode>> events =
        inTheBackground(
            () ->
                client.stream(
                    CHAT,
                    "{\"stream\": true, \"history\": \"append\", \"conversation\": \"tools-1\", "
                        + messages("call-1")
                        + "}"));
    JsonNode request = topics.request("call-1");
    topics.piece(request, 2, "Well. ", "");
    topics.piece(request, 5, CALLS.substring(0, 12), "");
    topics.piece(
        request,
        9,
        CALLS.substring(12),
        ", \"finish_reason\": \"tool_calls\", \"tool_calls\": " + TOLD_CALLS);
    assertThat(content(events.get())).isEqualTo("Well. ");
    assertThat(
            events.get().stream()
                .map(e -> e.at("/choices/0/delta/tool_calls/0/function/name").asString(""))
                .filter(name -> !name.isEmpty()))
        .containsExactly("add");
  }

  /** What is more than its topic takes is in the completion alone. */
  @Test
  void whatPiecesLackIsTakenFromTheCompletion() throws Exception {
    for (String end :
        List.of(
            "\"finish_reason\": \"tool_calls\"",
            "\"finish_reason\": \"tool_calls\", \"omitted\": true")) {
      String word = "lack-" + end.length();
      Future<Reply> whole = inTheBackground(() -> client.chat("{" + messages(word) + "}"));
      JsonNode request = topics.request(word);
      topics.piece(request, 1, "Well. ", "");
      topics.piece(request, 9, "", ", " + end);
      topics.say(
          "completions",
          request,
          """
          "choices": [{"index": 0, "message": {"role": "assistant", "content": "Well. ", "tool_calls": %s}, "finish_reason": "tool_calls"}],
          "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}\
          """
              .formatted(TOLD_CALLS));
      assertThat(whole.get().content()).isEqualTo("Well. ");
      assertThat(whole.get().json().at("/choices/0/message/tool_calls")).hasSize(1);
    }
  }

  @Test
  void nothingIsToldBehindAGapButWhatTheCompletionHas() throws Exception {
    Future<List<JsonNode>> events =
        inTheBackground(() -> client.stream(CHAT, "{\"stream\": true, " + messages("gap-1") + "}"));
    JsonNode request = topics.request("gap-1");
    topics.piece(request, 1, "a", "");
    topics.piece(request, 2, "", ", \"omitted\": true");
    topics.piece(request, 3, "c", "");
    topics.end(request, 4, "d");
    complete(request, "abcd");
    assertThat(content(events.get())).isEqualTo("abcd");
  }

  /** Pieces beyond the end of what was ended from outside are void. */
  @Test
  void aWholeAnswerIsWhatTheCompletionSays() throws Exception {
    Future<Reply> whole = inTheBackground(() -> client.chat("{" + messages("void-1") + "}"));
    JsonNode request = topics.request("void-1");
    topics.piece(request, 1, "a", "");
    topics.piece(request, 3, "bc", "");
    complete(request, "a");
    assertThat(whole.get().content()).isEqualTo("a");
    Future<Reply> probable =
        inTheBackground(() -> client.chat("{\"prompt_logprobs\": 0, " + messages("void-2") + "}"));
    JsonNode second = topics.request("void-2");
    topics.end(second, 1, "b");
    complete(second, "c");
    assertThat(probable.get().content()).isEqualTo("c");
  }

  private static void complete(JsonNode request, String text) throws Exception {
    topics.say(
        "completions",
        request,
        """
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "%s"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}\
        """
            .formatted(text));
  }

  private static String content(List<JsonNode> events) {
    return events.stream()
        .map(e -> e.at("/choices/0/delta/content").asString(""))
        .reduce("", String::concat);
  }

  private static String secondTurn(String first, String second) {
    return """
    {%%s"messages": [{"role": "user", "content": "%s"}, {"role": "assistant", "content": "same"},
     {"role": "user", "content": "%s"}]}\
    """
        .formatted(first, second);
  }

  @Test
  void aRequestThatIsRefusedLeavesItsConversationToTheNext() throws Exception {
    Future<Reply> first = inTheBackground(() -> client.chat("{" + messages("claim-1") + "}"));
    topics.end(topics.request("claim-1"), 1, "same");
    String conversation = first.get().header("x-conversation-id");
    String second = secondTurn("claim-1", "claim-2");
    assertThat(client.chat(second.formatted("\"temprature\": 1, ")).status()).isEqualTo(400);
    Future<Reply> refused = inTheBackground(() -> client.chat(second.formatted("")));
    JsonNode request = topics.request("claim-2");
    assertThat(request.get("conversation_id").asString()).isEqualTo(conversation);
    topics.say(
        "completions",
        request,
        "\"error\": {\"message\": \"no\", \"type\": \"x\", \"param\": null, \"code\":"
            + " \"queue_full\"}");
    assertThat(refused.get().status()).isEqualTo(429);
    Future<Reply> again =
        inTheBackground(() -> client.chat(second.replace("claim-2", "claim-3").formatted("")));
    JsonNode third = topics.request("claim-3");
    assertThat(third.get("conversation_id").asString()).isEqualTo(conversation);
    topics.end(third, 1, "a");
    again.get();
  }

  /** What one gateway goes on with, others that know of it as well leave alone. */
  @Test
  void aDialogueThatGoesOnAtOneGatewayIsNotTakenByAnother() throws Exception {
    try (Gateway other = topics.gateway()) {
      GatewayClient elsewhere = new GatewayClient(other.address());
      Future<Reply> first = inTheBackground(() -> client.chat("{" + messages("both-1") + "}"));
      ConsumerRecord<byte[], byte[]> record = topics.requests("both-1", 1).getFirst();
      JsonNode one = TopicProbe.json(record);
      topics.end(one, 1, "same");
      first.get();
      topics.say(
          "completions",
          one,
          """
          "choices": [{"index": 0, "message": {"role": "assistant", "content": "same"}, "finish_reason": "stop"}],
          "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}\
          """,
          record.headers());
      awaitAllIsRead(elsewhere, "completions", one);
      String second = secondTurn("both-1", "both-2").formatted("");
      Future<Reply> here = inTheBackground(() -> client.chat(second));
      JsonNode two = topics.request("both-2");
      assertThat(two.get("conversation_id")).isEqualTo(one.get("conversation_id"));
      topics.piece(two, 1, "a", "");
      awaitAllIsRead(elsewhere, "tokens", two);
      Future<Reply> there =
          inTheBackground(() -> elsewhere.chat(second.replace("both-2", "both-3")));
      JsonNode three = topics.request("both-3");
      assertThat(three.get("conversation_id")).isNotEqualTo(one.get("conversation_id"));
      topics.end(two, 2, "b");
      topics.end(three, 1, "b");
      here.get();
      there.get();
    }
  }

  /** A gateway has read what stands before the answer to one of its own requests. */
  private static void awaitAllIsRead(GatewayClient asking, String topic, JsonNode ofPartition)
      throws Exception {
    int partition = partition(ofPartition.get("conversation_id").asString());
    String name =
        Stream.iterate(0, i -> i + 1)
            .map(i -> "marker-" + topic + i)
            .filter(id -> partition(id) == partition)
            .findFirst()
            .orElseThrow();
    String body = "{\"conversation\": \"%s\", %s}".formatted(name, messages("marker-of-" + topic));
    Future<Reply> marker = inTheBackground(() -> asking.chat(body));
    JsonNode request = topics.request("marker-of-" + topic);
    if (topic.equals("tokens")) {
      topics.end(request, 1, "x");
    } else {
      complete(request, "x");
    }
    marker.get();
  }

  private static int partition(String key) {
    return Utils.toPositive(Utils.murmur2(key.getBytes(UTF_8))) % 2;
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

  /** The job began anew, and was told to end sooner than its pieces had reached. */
  @Test
  void aWholeResponseIsWhatTheCompletionSaysToo() throws Exception {
    Future<Reply> reply =
        inTheBackground(() -> client.post("/v1/responses", "{\"input\": \"outside-2\"}"));
    JsonNode request = topics.request("outside-2");
    topics.piece(request, 1, "a", "");
    topics.piece(request, 2, "bc", "");
    topics.piece(
        request, 1, "a", ", \"finish_reason\": \"cancelled\", \"usage\": {\"prompt_tokens\": 1}");
    topics.say(
        "completions",
        request,
        """
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "a"}, "finish_reason": "cancelled"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}\
        """);
    assertThat(reply.get().json().at("/output/0/content/0/text").asString()).isEqualTo("a");
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

  @Test
  void whoLooksAtTheTopicsAndTakesNothingIsDropped() throws Exception {
    try (Gateway impatient =
            topics.gateway("--gateway.max-unsent=64kb", "--gateway.body-timeout=300ms");
        Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(
          new InetSocketAddress(impatient.address().getHost(), impatient.address().getPort()));
      socket
          .getOutputStream()
          .write("GET /page/topics HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(UTF_8));
      String seen = "";
      while (!seen.contains("still here")) {
        seen += (char) socket.getInputStream().read();
      }
      byte[] large = "x".repeat(4_000).getBytes(UTF_8);
      for (int i = 0; i < 5_000; i++) {
        topics.producer().send(new ProducerRecord<>("dead-letters", large));
      }
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
