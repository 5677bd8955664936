package io.flinkmistral.jobs.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.RunningChatJob;
import io.flinkmistral.jobs.TopicProbe;
import io.flinkmistral.jobs.gateway.GatewayClient.Reply;
import io.flinkmistral.jobs.json.OpenAiTypes;
import java.nio.file.Path;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What is judged, in the topics and over HTTP, by a rubric whose labels the small model knows. */
@Timeout(240)
class ModerationTest {
  private static final String RUBRIC =
      """
      {"acceptable": "positive", "categories": {"negative": ""}, "instruction": "", "prompt": "Classify the sentiment: {{text}}"}\
      """;
  private static final String GOOD = "I love this lamp.";
  private static final String BAD = "I hate this lamp.";

  @TempDir private static Path folder;
  private static RunningChatJob job;
  private static Gateway gateway;
  private static GatewayClient client;

  @BeforeAll
  static void start() throws Exception {
    job = RunningChatJob.start(folder, "--context.limit=512", "--moderation.rubric=" + RUBRIC);
    gateway = TestGateways.start(job.broker(), "--gateway.models=tiny");
    client = new GatewayClient(gateway.address());
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

  private static String messages(String text) {
    return "\"messages\": [{\"role\": \"user\", \"content\": \"%s\"}]".formatted(text);
  }

  private static String moderation(String on, String action) {
    return "\"moderation\": {\"on\": \"%s\", \"action\": \"%s\"}".formatted(on, action);
  }

  /** One whose answer is this text, and what little the model adds to it. */
  private static String answering(String text) {
    return """
    "messages": [{"role": "user", "content": "Say something."}, {"role": "assistant", "content": "%s", "prefix": true}], "max_tokens": 2\
    """
        .formatted(text);
  }

  private static void send(String id, String conversation, String... fields) {
    String value =
        "{\"request_id\": \"%s\", \"conversation_id\": \"%s\", %s}"
            .formatted(id, conversation, String.join(", ", fields));
    job.producer()
        .send(new ProducerRecord<>("prompts", conversation.getBytes(UTF_8), value.getBytes(UTF_8)));
    job.producer().flush();
  }

  private static JsonNode answer(String id) {
    try (TopicProbe completions = job.probe("completions")) {
      List<JsonNode> answers = completions.awaitOfRequest(1, id);
      assertThat(OpenAiTypes.errors(answers.getFirst())).isEmpty();
      return answers.getFirst();
    }
  }

  private static JsonNode choice(String id) {
    return answer(id).at("/choices/0");
  }

  private static void assertBlocked(JsonNode choice, String text) {
    assertThat(choice.get("finish_reason").stringValue()).isEqualTo("content_filter");
    assertThat(choice.at("/message/content").asString("none")).isEmpty();
    assertThat(choice.at("/moderation/flagged").booleanValue()).isTrue();
    assertThat(choice.at("/moderation/" + text + "/categories/negative").booleanValue()).isTrue();
  }

  @Test
  void whatIsFlaggedIsAnsweredAndSaysWhat() {
    send("flag-bad", "flag-bad", messages(BAD), moderation("both", "flag"));
    send("flag-good", "flag-good", messages(GOOD), "\"moderation\": \"prompt\"");
    send("plain", "plain", messages(BAD));
    JsonNode bad = choice("flag-bad");
    assertThat(bad.get("finish_reason").stringValue()).isEqualTo("stop");
    assertThat(bad.at("/message/content")).isEqualTo(choice("plain").at("/message/content"));
    assertThat(bad.at("/moderation/prompt/flagged").booleanValue()).isTrue();
    assertThat(bad.at("/moderation/prompt/categories/negative").booleanValue()).isTrue();
    assertThat(bad.at("/moderation/prompt/category_scores/negative").doubleValue())
        .isBetween(0.5, 1.0);
    assertThat(bad.at("/moderation/prompt/tokens").intValue()).isPositive();
    assertThat(bad.at("/moderation/answer/category_scores/negative").isNumber()).isTrue();
    JsonNode good = choice("flag-good");
    assertThat(good.at("/moderation/flagged").booleanValue()).isFalse();
    assertThat(good.at("/moderation").has("answer")).isFalse();
    assertThat(choice("plain").has("moderation")).isFalse();
  }

  @Test
  void aThresholdSaysFromWhichScoreOn() {
    send(
        "least", "least", messages(GOOD), "\"moderation\": {\"on\": \"prompt\", \"threshold\": 0}");
    send(
        "own",
        "own",
        messages(GOOD),
        "\"moderation\": {\"on\": \"prompt\", \"threshold\": 0, \"thresholds\": {\"negative\":"
            + " 1}}");
    assertThat(choice("least").at("/moderation/flagged").booleanValue()).isTrue();
    assertThat(choice("own").at("/moderation/flagged").booleanValue()).isFalse();
  }

  @Test
  void aBlockedTurnIsInTopicBlockedAndNotInTheConversation() {
    String first = messages("My name is Sofia.");
    String last = messages("Who am I?");
    send("b-1", "b", first);
    send("b-2", "b", messages(BAD), moderation("prompt", "block"));
    send("b-3", "b", answering(BAD), moderation("answer", "block"));
    send("b-4", "b", last);
    send("w-1", "w", first);
    send("w-4", "w", last);
    assertBlocked(choice("b-2"), "prompt");
    assertBlocked(choice("b-3"), "answer");
    JsonNode next = answer("b-4");
    assertThat(next.at("/choices")).isEqualTo(answer("w-4").at("/choices"));
    assertThat(next.at("/usage/prompt_tokens")).isEqualTo(answer("w-4").at("/usage/prompt_tokens"));
    try (TopicProbe blocked = job.probe("blocked")) {
      JsonNode record = blocked.awaitOfRequest(1, "b-2").getFirst();
      assertThat(record.get("object").stringValue()).isEqualTo("moderation.blocked");
      assertThat(record.get("id")).isEqualTo(answer("b-2").get("id"));
      assertThat(record.get("conversation_id").stringValue()).isEqualTo("b");
      assertThat(record.at("/choices/0/moderation")).isEqualTo(choice("b-2").get("moderation"));
      assertThat(record.at("/request/messages/0/content").stringValue()).isEqualTo(BAD);
      assertThat(blocked.awaitOfRequest(1, "b-3")).hasSize(1);
      assertThat(
              blocked.await(1, r -> TopicProbe.json(r).path("request_id").asString().equals("b-2")))
          .allSatisfy(
              r -> {
                assertThat(r.key()).isEqualTo("b".getBytes(UTF_8));
                assertThat(r.headers().lastHeader("mistral.source")).isNotNull();
              });
      assertThat(blocked.isAtEnd()).isTrue();
    }
  }

  @Test
  void piecesComeOnlyWhenTheAnswerIsJudged() {
    send("s-1", "s-1", answering(BAD), "\"stream\": true", moderation("answer", "block"));
    send("s-2", "s-2", answering(GOOD), "\"stream\": true", moderation("answer", "block"));
    JsonNode passed = choice("s-2");
    assertBlocked(choice("s-1"), "answer");
    assertThat(passed.at("/moderation/answer/flagged").booleanValue()).isFalse();
    try (TopicProbe tokens = job.probe("tokens")) {
      assertThat(tokens.awaitOfRequest(1, "s-1"))
          .singleElement()
          .satisfies(
              piece -> {
                assertThat(piece.get("text").stringValue()).isEmpty();
                assertThat(piece.get("finish_reason").stringValue()).isEqualTo("content_filter");
                assertThat(piece.at("/moderation/answer/flagged").booleanValue()).isTrue();
              });
      tokens.await(
          1,
          r ->
              TopicProbe.json(r).path("request_id").asString().equals("s-2")
                  && TopicProbe.json(r).has("finish_reason"));
      assertThat(
              tokens.awaitOfRequest(1, "s-2").stream()
                  .map(piece -> piece.get("text").stringValue())
                  .reduce("", String::concat))
          .isEqualTo(passed.at("/message/content").stringValue());
    }
  }

  @Test
  void theGatewayAnswersWhatIsBlockedWithContentFilter() {
    String block = moderation("prompt", "block");
    Reply whole = client.chat("{%s, %s}".formatted(messages(BAD), block));
    assertThat(whole.status()).isEqualTo(200);
    assertBlocked(whole.json().at("/choices/0"), "prompt");
    assertThat(OpenAiTypes.errors(whole.json())).isEmpty();
    List<JsonNode> chunks =
        client.stream(
            "/v1/chat/completions", "{%s, %s, \"stream\": true}".formatted(messages(BAD), block));
    JsonNode last = chunks.getLast().at("/choices/0");
    assertThat(last.get("finish_reason").stringValue()).isEqualTo("content_filter");
    assertThat(last.at("/moderation/prompt/flagged").booleanValue()).isTrue();
    assertThat(chunks)
        .allSatisfy(c -> assertThat(c.at("/choices/0/delta/content").asString("")).isEmpty());
    Reply text = client.post("/v1/completions", "{\"prompt\": \"%s\", %s}".formatted(BAD, block));
    assertThat(text.json().at("/choices/0/finish_reason").stringValue())
        .isEqualTo("content_filter");
    assertThat(text.json().at("/choices/0/text").stringValue()).isEmpty();
  }

  @Test
  void aBlockedResponseIsIncompleteAndNobodyGoesOnFromIt() {
    String block = moderation("prompt", "block");
    String body = "{\"input\": \"%s\", %s}".formatted(BAD, block);
    Reply whole = client.post("/v1/responses", body);
    assertIncomplete(whole.json());
    assertThat(whole.status()).isEqualTo(200);
    List<JsonNode> events =
        client.events(
            "/v1/responses", "{\"input\": \"%s\", %s, \"stream\": true}".formatted(BAD, block));
    assertThat(events.getLast().get("type").stringValue()).isEqualTo("response.incomplete");
    assertIncomplete(events.getLast().get("response"));
    Reply next =
        client.post(
            "/v1/responses",
            "{\"input\": \"Hi\", \"previous_response_id\": %s}".formatted(whole.json().get("id")));
    assertThat(next.status()).isEqualTo(400);
    assertThat(next.json().at("/error/code").stringValue())
        .isEqualTo("previous_response_not_found");
  }

  private static void assertIncomplete(JsonNode response) {
    assertThat(response.get("status").stringValue()).isEqualTo("incomplete");
    assertThat(response.at("/incomplete_details/reason").stringValue()).isEqualTo("content_filter");
    assertThat(response.at("/moderation/input/type").stringValue()).isEqualTo("moderation_result");
    assertThat(response.at("/moderation/input/flagged").booleanValue()).isTrue();
    assertThat(response.at("/moderation/output/code").stringValue()).isEqualTo("not_judged");
  }
}
