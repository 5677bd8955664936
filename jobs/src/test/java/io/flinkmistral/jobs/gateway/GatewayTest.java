package io.flinkmistral.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.RunningChatJob;
import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.gateway.GatewayClient.Reply;
import io.flinkmistral.jobs.json.AnswerId;
import io.flinkmistral.jobs.json.OpenAiTypes;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The gateway in front of the whole job, on a real broker. */
@Timeout(180)
class GatewayTest {
  private static final String CHAT = "/v1/chat/completions";
  private static final String SUM =
      "\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"What is seven plus"
          + " two?\"}]";
  private static final String STORY =
      "\"ignore_eos\": true, \"max_tokens\": 400, \"messages\": [{\"role\": \"user\", \"content\":"
          + " \"Tell me a story about a pink owl called Ben.\"}]";
  private static final String TOOLS =
      """
      "tools": [{"type": "function", "function": {"name": "add", "parameters": {"type": "object",
        "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["a"], "additionalProperties": false}}}],
      "tool_choice": "required", "parallel_tool_calls": false\
      """;

  @TempDir private static Path folder;
  private static RunningChatJob job;
  private static Gateway gateway;
  private static GatewayClient client;

  @BeforeAll
  static void start() throws Exception {
    job = RunningChatJob.start(folder, "--context.limit=512", "--template.tools=prompt");
    gateway = gateway();
    client = new GatewayClient(gateway.address());
  }

  private static Gateway gateway() throws Exception {
    return TestGateways.start(job.broker(), "--gateway.models=tiny;small");
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    job.close();
  }

  @AfterEach
  void theJobGoesOn() {
    job.assertGoesOn();
  }

  @Test
  void aWholeAnswerIsTheOneOfTheTopic() {
    Reply reply = client.chat("{" + SUM + "}");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.content()).isEqualTo("Seven plus two is nine.");
    assertThat(reply.json().path("model").asString()).isEqualTo("tiny");
    assertThat(OpenAiTypes.errors(reply.json())).isEmpty();
    try (TopicProbe completions = job.probe("completions")) {
      JsonNode record = completions.awaitOfRequest(1, reply.header("x-request-id")).getFirst();
      assertThat(reply.json().get("id")).isEqualTo(record.get("id"));
      assertThat(reply.json().get("choices")).isEqualTo(record.get("choices"));
      assertThat(reply.json().get("usage")).isEqualTo(record.get("usage"));
      assertThat(record.path("conversation_id").asString())
          .isEqualTo(reply.header("x-conversation-id"));
    }
  }

  @Test
  void aStreamHasAllThatTheWholeAnswerHas() {
    String request =
        "\"temperature\": 1, \"seed\": 5, \"n\": 3, \"logprobs\": true, \"top_logprobs\": 2, "
            + SUM;
    Reply whole = client.chat("{" + request + "}");
    List<JsonNode> events =
        client.stream(
            CHAT,
            "{\"stream\": true, \"stream_options\": {\"include_usage\": true}, " + request + "}");
    assertThat(whole.json().get("choices")).hasSize(3);
    Map<Integer, StringBuilder> texts = new TreeMap<>();
    Map<Integer, List<JsonNode>> logprobs = new TreeMap<>();
    Map<Integer, String> reasons = new TreeMap<>();
    for (JsonNode event : events.subList(0, events.size() - 1)) {
      assertThat(event.path("object").asString()).isEqualTo("chat.completion.chunk");
      assertThat(event.get("usage").isNull()).isTrue();
      JsonNode choice = event.get("choices").get(0);
      int index = choice.get("index").intValue();
      if (!texts.containsKey(index)) {
        assertThat(choice.at("/delta/role").asString()).isEqualTo("assistant");
      }
      texts
          .computeIfAbsent(index, _ -> new StringBuilder())
          .append(choice.at("/delta/content").asString(""));
      choice
          .at("/logprobs/content")
          .forEach(token -> logprobs.computeIfAbsent(index, _ -> new ArrayList<>()).add(token));
      if (!choice.get("finish_reason").isNull()) {
        assertThat(reasons.put(index, choice.get("finish_reason").stringValue())).isNull();
      }
    }
    for (JsonNode choice : whole.json().get("choices")) {
      int index = choice.get("index").intValue();
      assertThat(texts.get(index)).hasToString(choice.at("/message/content").asString());
      assertThat(logprobs.get(index))
          .containsExactlyElementsOf(choice.at("/logprobs/content").values());
      assertThat(reasons.get(index)).isEqualTo(choice.get("finish_reason").stringValue());
    }
    JsonNode last = events.getLast();
    assertThat(last.get("choices")).isEmpty();
    assertThat(last.at("/usage/total_tokens")).isEqualTo(whole.json().at("/usage/total_tokens"));
  }

  @Test
  void callsOfToolsAreToldAsCalls() {
    Reply whole = client.chat("{" + TOOLS + ", " + SUM + "}");
    JsonNode message = whole.json().at("/choices/0/message");
    assertThat(whole.json().at("/choices/0/finish_reason").asString()).isEqualTo("tool_calls");
    assertThat(message.get("content").isNull()).isTrue();
    assertThat(message.at("/tool_calls/0/function/name").asString()).isEqualTo("add");
    assertThat(OpenAiTypes.errors(whole.json())).isEmpty();
    List<JsonNode> events = client.stream(CHAT, "{\"stream\": true, " + TOOLS + ", " + SUM + "}");
    assertThat(events)
        .allSatisfy(e -> assertThat(e.at("/choices/0/delta/content").asString("")).isEmpty());
    JsonNode call =
        events.stream()
            .map(e -> e.at("/choices/0/delta/tool_calls/0"))
            .filter(c -> !c.isMissingNode())
            .findFirst()
            .orElseThrow();
    assertThat(call.get("index").intValue()).isZero();
    assertThat(call.get("function")).isEqualTo(message.at("/tool_calls/0/function"));
    assertThat(events.getLast().at("/choices/0/finish_reason").asString()).isEqualTo("tool_calls");
  }

  @Test
  void aTextIsGoneOnWith() {
    String request = "\"prompt\": \"Once upon a time\", \"max_tokens\": 5, \"logprobs\": 1";
    Reply whole = client.post("/v1/completions", "{" + request + "}");
    assertThat(whole.json().path("object").asString()).isEqualTo("text_completion");
    assertThat(OpenAiTypes.errors(whole.json())).isEmpty();
    try (TopicProbe completions = job.probe("completions")) {
      assertThat(
              completions.awaitOfRequest(1, whole.header("x-request-id")).getFirst().get("choices"))
          .isEqualTo(whole.json().get("choices"));
    }
    List<JsonNode> events = client.stream("/v1/completions", "{\"stream\": true, " + request + "}");
    List<JsonNode> offsets = new ArrayList<>();
    events.forEach(
        e -> offsets.addAll(e.at("/choices/0/logprobs/text_offset").values().stream().toList()));
    assertThat(offsets)
        .containsExactlyElementsOf(whole.json().at("/choices/0/logprobs/text_offset").values());
    assertThat(
            events.stream().map(e -> e.at("/choices/0/text").asString()).reduce("", String::concat))
        .isEqualTo(whole.json().at("/choices/0/text").asString());
  }

  @Test
  void theProbabilitiesOfAPromptComeWithTheWholeAnswer() {
    Reply reply = client.chat("{\"prompt_logprobs\": 1, " + SUM + "}");
    assertThat(reply.json().get("prompt_logprobs"))
        .hasSize(reply.json().at("/usage/prompt_tokens").intValue());
    assertThat(
            client
                .chat("{\"stream\": true, \"prompt_logprobs\": 1, " + SUM + "}")
                .json()
                .toString())
        .contains("leave stream out");
  }

  @Test
  void whatTheJobRefusesHasItsStatus() {
    String long_ = "word ".repeat(600);
    for (String stream : List.of("", "\"stream\": true, ")) {
      Reply reply =
          client.chat(
              "{%s\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]}"
                  .formatted(stream, long_));
      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().at("/error/code").asString()).isEqualTo("context_length_exceeded");
      assertThat(OpenAiTypes.errors(reply.json())).isEmpty();
    }
  }

  @Test
  void aRequestWhoseTimeIsOverHasWhatWasSaid() {
    Reply reply = client.chat("{\"timeout\": 0.05, " + STORY + "}");
    assertThat(reply.json().at("/choices/0/finish_reason").asString()).isEqualTo("timeout");
    List<JsonNode> events =
        client.stream(CHAT, "{\"stream\": true, \"timeout\": 0.05, " + STORY + "}");
    assertThat(events.getLast().at("/choices/0/finish_reason").asString()).isEqualTo("timeout");
  }

  @Test
  void aRequestWhoseClientGoesAwayIsCancelled() throws Exception {
    String id = leave("{\"stream\": true, " + STORY + "}");
    assertThat(reason(id)).isEqualTo("cancelled");
  }

  @Test
  void oneWithAKeyGoesOnAndIsThereForWhoComesAgain() throws Exception {
    String request = "{\"stream\": true, " + STORY + "}";
    String id = leave(request, "Idempotency-Key", "story-1");
    assertThat(reason(id)).isEqualTo("length");
    try (Gateway other = gateway()) {
      GatewayClient again = new GatewayClient(other.address());
      List<JsonNode> events = again.stream(CHAT, request, "Idempotency-Key", "story-1");
      Reply whole = again.chat("{" + STORY + "}", "Idempotency-Key", "story-1");
      assertThat(whole.header("x-request-id")).isEqualTo(id);
      assertThat(content(events)).isEqualTo(whole.content()).isNotEmpty();
      Reply different = again.chat("{" + SUM + "}", "Idempotency-Key", "story-1");
      assertThat(different.status()).isEqualTo(422);
      assertThat(different.json().at("/error/code").asString()).isEqualTo("idempotency_key_reused");
    }
    assertThat(count("prompts", id)).isEqualTo(1);
    assertThat(count("completions", id)).isEqualTo(1);
  }

  @Test
  void oneRequestThatComesToTwoGatewaysAtOnceIsAnsweredOnce() throws Exception {
    try (Gateway other = gateway();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Reply>> calls = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        GatewayClient either = i % 2 == 0 ? client : new GatewayClient(other.address());
        calls.add(() -> either.chat("{" + SUM + "}", "Idempotency-Key", "sum-1"));
      }
      List<Future<Reply>> replies = threads.invokeAll(calls);
      for (Future<Reply> reply : replies) {
        assertThat(reply.get().content()).isEqualTo("Seven plus two is nine.");
        assertThat(reply.get().json().get("id"))
            .isEqualTo(replies.getFirst().get().json().get("id"));
      }
      assertThat(count("completions", replies.getFirst().get().header("x-request-id")))
          .isEqualTo(1);
    }
  }

  private static String dialogue(String... texts) {
    StringBuilder messages = new StringBuilder();
    for (int i = 0; i < texts.length; i++) {
      messages.append(
          "%s{\"role\": \"%s\", \"content\": \"%s\"}"
              .formatted(i == 0 ? "" : ", ", i % 2 == 0 ? "user" : "assistant", texts[i]));
    }
    return "{\"messages\": [" + messages + "]}";
  }

  @Test
  void aDialogueThatGoesOnFindsItsConversation() {
    Reply first = client.chat(dialogue("My name is Sofia."));
    Reply second = client.chat(dialogue("My name is Sofia.", first.content(), "Who am I?"));
    assertThat(second.content()).contains("Sofia");
    assertThat(second.header("x-conversation-id")).isEqualTo(first.header("x-conversation-id"));
    assertThat(second.json().at("/usage/prompt_tokens_details/cached_tokens").intValue())
        .isPositive();
    Reply again = client.chat(dialogue("My name is Sofia.", first.content(), "Who am I?"));
    assertThat(again.content()).isEqualTo(second.content());
    assertThat(again.header("x-conversation-id")).isNotEqualTo(first.header("x-conversation-id"));
  }

  /** What one gateway answers, others find with its completion. */
  @Test
  void aDialogueThatGoesOnElsewhereFindsItsConversation() throws Exception {
    try (Gateway other = gateway()) {
      String name = "My name is Otto.";
      Reply first = client.chat(dialogue(name));
      try (TopicProbe completions = job.probe("completions")) {
        completions.awaitOfRequest(1, first.header("x-request-id"));
      }
      GatewayClient elsewhere = new GatewayClient(other.address());
      // It reads the completion as the probe did, perhaps a little later.
      String conversation = "";
      for (int i = 0; i < 50 && !conversation.equals(first.header("x-conversation-id")); i++) {
        conversation =
            elsewhere
                .chat(dialogue(name, first.content(), "Who am I?"))
                .header("x-conversation-id");
      }
      assertThat(conversation).isEqualTo(first.header("x-conversation-id"));
    }
  }

  @Test
  void aConversationIsShownAndForgotten() {
    client.chat("{\"conversation\": \"c/ä\", " + SUM + "}");
    Reply shown = client.get("/v1/conversations/c%2F%C3%A4");
    assertThat(shown.json().path("id").asString()).isEqualTo("c/ä");
    assertThat(shown.json().path("object").asString()).isEqualTo("conversation");
    assertThat(shown.json().at("/turns/0/messages/1/content").asString())
        .isEqualTo("Seven plus two is nine.");
    Reply forgotten = client.send("DELETE", "/v1/conversations/c%2F%C3%A4");
    assertThat(forgotten.json().toString())
        .isEqualTo(
            "{\"id\":\"c/ä\",\"object\":\"conversation.deleted\",\"deleted\":true,\"turns\":1,\"forks\":0}");
    Reply gone = client.get("/v1/conversations/c%2F%C3%A4");
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.json().at("/error/code").asString()).isEqualTo("conversation_not_found");
  }

  @Test
  void aForkIsNamedAfterItsRequest() {
    client.chat("{\"conversation\": \"c-f\", " + SUM + "}");
    Reply fork =
        client.chat("{\"fork\": {\"conversation_id\": \"c-f\", \"turn\": 1}, " + SUM + "}");
    assertThat(fork.header("x-conversation-id")).isEqualTo("c-f~" + fork.header("x-request-id"));
    assertThat(fork.json().at("/usage/prompt_tokens").intValue()).isGreaterThan(40);
  }

  @Test
  void aConversationThatIsNamedIsTheOneOfTheTopics() {
    Reply first =
        client.chat(
            """
            {"conversation": "c-1", "history": "append",
             "messages": [{"role": "user", "content": "My name is Sofia."}]}\
            """);
    assertThat(first.header("x-conversation-id")).isEqualTo("c-1");
    Reply second =
        client.chat(
            "{\"history\": \"append\", \"messages\": [{\"role\": \"user\", \"content\": \"Who am"
                + " I?\"}]}",
            "X-Conversation-Id",
            "c-1");
    assertThat(second.content()).contains("Sofia");
    Reply fork =
        client.chat(
            """
            {"conversation": {"id": "c-1~b"}, "fork": {"conversation_id": "c-1", "turn": 1},
             "messages": [{"role": "user", "content": "Who am I?"}]}\
            """);
    assertThat(fork.content()).isEqualTo(second.content());
  }

  private static String content(List<JsonNode> events) {
    return events.stream()
        .map(e -> e.at("/choices/0/delta/content").asString(""))
        .reduce("", String::concat);
  }

  /** Reads the beginning of a stream, and goes away. Returns the request's id. */
  private static String leave(String request, String... headers) throws Exception {
    try (TopicProbe prompts = job.probe("prompts")) {
      String seen = "";
      try (InputStream stream = client.open(CHAT, request, headers)) {
        byte[] part = new byte[512];
        while (!seen.contains("\"content\":\"")) {
          seen += new String(part, 0, stream.read(part), UTF_8);
        }
      }
      String answer =
          new JsonMapper()
              .readTree(seen.lines().findFirst().orElseThrow().substring(6))
              .path("id")
              .asString();
      return prompts
          .await(
              1,
              record ->
                  answer.equals(
                      AnswerId.of(
                          true,
                          TopicProbe.json(record).path("conversation_id").asString(""),
                          TopicProbe.json(record).path("request_id").asString(""))))
          .stream()
          .map(record -> TopicProbe.json(record).path("request_id").asString())
          .findFirst()
          .orElseThrow();
    }
  }

  private static String reason(String request) {
    try (TopicProbe completions = job.probe("completions")) {
      return completions
          .awaitOfRequest(1, request)
          .getFirst()
          .at("/choices/0/finish_reason")
          .asString();
    }
  }

  private static long count(String topic, String request) {
    try (TopicProbe probe = job.probe(topic)) {
      probe.awaitOfRequest(1, request);
      long found = 0;
      while (!probe.isAtEnd()) {
        probe.poll(Duration.ofMillis(100));
      }
      found = probe.awaitOfRequest(1, request).stream().filter(json -> !json.has("cancel")).count();
      return found;
    }
  }
}
