package io.flinkmistral.jobs.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.RunningChatJob;
import io.flinkmistral.jobs.gateway.GatewayClient.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** OpenAI's responses in front of the whole job: turns of a conversation, and forks of it. */
@Timeout(180)
class ResponsesTest {
  private static final String PATH = "/v1/responses";
  private static final String TOOLS =
      """
      "tools": [{"type": "function", "name": "add", "strict": true, "parameters": {"type": "object",
        "properties": {"a": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["a"], "additionalProperties": false}}],
      "parallel_tool_calls": false\
      """;

  @TempDir private static Path folder;
  private static RunningChatJob job;
  private static Gateway gateway;
  private static GatewayClient client;

  @BeforeAll
  static void start() throws Exception {
    job = RunningChatJob.start(folder, "--context.limit=512", "--template.tools=prompt");
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

  private static Reply respond(String input, String... more) {
    return client.post(
        PATH,
        "{\"input\": %s%s}"
            .formatted(input, more.length == 0 ? "" : ", " + String.join(", ", more)));
  }

  private static String id(Reply reply) {
    assertThat(reply.status()).as(() -> reply.json().toString()).isEqualTo(200);
    return reply.json().get("id").stringValue();
  }

  private static String text(Reply reply) {
    return reply.json().at("/output/0/content/0/text").asString();
  }

  private static String after(Reply reply) {
    return "\"previous_response_id\": \"%s\"".formatted(id(reply));
  }

  @Test
  void aResponseThatFollowsIsTheNextTurnAndAnotherOneAFork() {
    Reply first = respond("\"My name is Sofia.\"");
    Reply second = respond("\"Who am I?\"", after(first));
    Reply third = respond("\"My name is Ben.\"", after(first));
    Reply ofSecond = respond("\"Who am I?\"", after(second));
    Reply ofThird = respond("\"Who am I?\"", after(third));
    assertThat(text(second)).contains("Sofia");
    assertThat(text(ofSecond)).contains("Sofia");
    assertThat(text(ofThird)).contains("Ben");
    String conversation = first.header("x-conversation-id");
    assertThat(second.header("x-conversation-id")).isEqualTo(conversation);
    assertThat(ofSecond.header("x-conversation-id")).isEqualTo(conversation);
    assertThat(third.header("x-conversation-id"))
        .isEqualTo(conversation + "~" + third.header("x-request-id"));
    assertThat(ofThird.header("x-conversation-id")).isEqualTo(third.header("x-conversation-id"));
    assertThat(second.json().get("previous_response_id").stringValue()).isEqualTo(id(first));
    assertThat(second.json().at("/usage/input_tokens_details/cached_tokens").intValue())
        .isPositive();
    assertThat(List.of(first, second, third, ofSecond, ofThird).stream().map(ResponsesTest::id))
        .doesNotHaveDuplicates();
  }

  @Test
  void ofManyThatFollowOneTurnOneGoesOnAndAllAreAnsweredAlike() {
    Reply first = respond("\"My name is Sofia.\"");
    List<CompletableFuture<Reply>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      calls.add(CompletableFuture.supplyAsync(() -> respond("\"Who am I?\"", after(first))));
    }
    Set<String> conversations = new HashSet<>();
    Set<String> texts = new HashSet<>();
    for (CompletableFuture<Reply> call : calls) {
      conversations.add(call.join().header("x-conversation-id"));
      texts.add(text(call.join()));
    }
    assertThat(conversations).hasSize(8).contains(first.header("x-conversation-id"));
    assertThat(texts).hasSize(1).allMatch(text -> text.contains("Sofia"));
  }

  @Test
  void instructionsAreNotCarriedOver() {
    String setup = "\"instructions\": \"%s\"".formatted("You are a guide of a zoo. ".repeat(6));
    Reply with = respond("\"My name is Sofia.\"", setup);
    Reply without = respond("\"My name is Sofia.\"");
    int instructed = with.json().at("/usage/input_tokens").intValue();
    int plain = without.json().at("/usage/input_tokens").intValue();
    assertThat(instructed).isGreaterThan(plain + 30);
    int said = with.json().at("/usage/output_tokens").intValue();
    Reply next = respond("\"Who am I?\"", after(with));
    Reply alone = respond("\"Who am I?\"");
    assertThat(next.json().at("/usage/input_tokens").intValue())
        .isLessThanOrEqualTo(plain + said + alone.json().at("/usage/input_tokens").intValue());
    assertThat(with.json().get("instructions").stringValue()).contains("zoo");
    assertThat(next.json().get("instructions").isNull()).isTrue();
  }

  @Test
  void aStreamHasTheEventsInOrderAndAllThatTheWholeResponseHas() {
    Reply whole = respond("\"What is seven plus two?\"", "\"top_logprobs\": 2");
    List<JsonNode> events =
        client.events(
            PATH,
            "{\"stream\": true, \"top_logprobs\": 2, \"input\": \"What is seven plus two?\"}");
    assertThat(events.stream().map(e -> e.get("sequence_number").intValue()))
        .containsExactlyElementsOf(IntStream.range(0, events.size()).boxed().toList());
    List<String> types = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (JsonNode event : events) {
      String type = event.get("type").stringValue();
      if (type.equals("response.output_text.delta")) {
        text.append(event.get("delta").stringValue());
      }
      if (types.isEmpty() || !types.getLast().equals(type)) {
        types.add(type);
      }
    }
    assertThat(types)
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
            "response.content_part.done",
            "response.output_item.done",
            "response.completed");
    assertThat(text).hasToString(text(whole)).hasToString("Seven plus two is nine.");
    JsonNode last = events.getLast().get("response");
    assertThat(last.at("/output/0/content")).isEqualTo(whole.json().at("/output/0/content"));
    assertThat(last.at("/output/0/content/0/logprobs/0/top_logprobs")).hasSize(2);
    assertThat(last.get("id")).isEqualTo(events.getFirst().at("/response/id"));
    assertThat(last.at("/usage/total_tokens")).isEqualTo(whole.json().at("/usage/total_tokens"));
  }

  @Test
  void callsOfToolsAreItemsAndTheirResultsAreAnswered() {
    Reply called = respond("\"What is seven plus two?\"", TOOLS, "\"tool_choice\": \"required\"");
    JsonNode call = called.json().at("/output/0");
    assertThat(called.json().get("output")).hasSize(1);
    assertThat(call.get("type").stringValue()).isEqualTo("function_call");
    assertThat(call.get("name").stringValue()).isEqualTo("add");
    String result =
        "[{\"type\": \"function_call_output\", \"call_id\": %s, \"output\": \"9\"}]"
            .formatted(call.get("call_id"));
    Reply answered = respond(result, after(called), TOOLS, "\"instructions\": \"Be brief.\"");
    assertThat(answered.status()).as(() -> answered.json().toString()).isEqualTo(200);
    assertThat(answered.json().at("/usage/input_tokens").intValue())
        .isGreaterThan(called.json().at("/usage/total_tokens").intValue());
    List<JsonNode> events =
        client.events(
            PATH,
            "{\"stream\": true, \"tool_choice\": \"required\", \"input\": \"What is seven plus"
                + " two?\", "
                + TOOLS
                + "}");
    assertThat(events.stream().map(e -> e.get("type").stringValue()))
        .containsExactly(
            "response.created",
            "response.in_progress",
            "response.output_item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "response.output_item.done",
            "response.completed");
    assertThat(events.getLast().at("/response/output/0/arguments"))
        .isEqualTo(call.get("arguments"));
  }

  @Test
  void aFormIsHeldAndAnEndIsSaid() {
    Reply json =
        respond(
            "\"What is seven plus two?\"",
            """
            "text": {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object", "properties":
              {"n": {"type": "integer", "minimum": 0, "maximum": 9}}, "required": ["n"], "additionalProperties": false}}}\
            """);
    assertThat(text(json)).matches("\\{\"n\":[0-9]}");
    assertThat(json.json().at("/text/format/name").stringValue()).isEqualTo("n");
    Reply cut =
        respond("\"Tell me a story about a pink owl called Ben.\"", "\"max_output_tokens\": 5");
    assertThat(cut.json().get("status").stringValue()).isEqualTo("incomplete");
    assertThat(cut.json().at("/incomplete_details/reason").stringValue())
        .isEqualTo("max_output_tokens");
  }

  @Test
  void oneThatIsNotStoredIsFollowedByNobodyAndLeavesTheTurnBeforeItAsItWas() {
    Reply first = respond("\"My name is Sofia.\"");
    Reply unstored = respond("\"My name is Ben.\"", after(first), "\"store\": false");
    assertThat(unstored.header("x-conversation-id"))
        .isNotEqualTo(first.header("x-conversation-id"));
    Reply next = respond("\"Who am I?\"", after(first));
    assertThat(text(next)).contains("Sofia");
    assertThat(next.header("x-conversation-id")).isEqualTo(first.header("x-conversation-id"));
    Reply refused = respond("\"Who am I?\"", after(unstored));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().at("/error/code").stringValue())
        .isEqualTo("previous_response_not_found");
  }

  @Test
  void oneThatIsGoneIsNotFound() {
    Reply first = respond("\"My name is Sofia.\"");
    String path = "/v1/conversations/" + first.header("x-conversation-id");
    assertThat(client.send("DELETE", path).status()).isEqualTo(200);
    Reply refused = respond("\"Who am I?\"", after(first));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.json().at("/error/code").stringValue())
        .isEqualTo("previous_response_not_found");
    assertThat(refused.json().at("/error/param").stringValue()).isEqualTo("previous_response_id");
  }

  @Test
  void aConversationThatIsNamedGoesOnByItsName() {
    String named = "\"conversation\": {\"id\": \"zoo\"}";
    Reply first = respond("\"My name is Sofia.\"", named);
    Reply second = respond("\"Who am I?\"", "\"conversation\": \"zoo\"");
    assertThat(text(second)).contains("Sofia");
    assertThat(second.header("x-conversation-id")).isEqualTo("zoo");
    assertThat(first.json().at("/conversation/id").stringValue()).isEqualTo("zoo");
    assertThat(id(first)).isNotEqualTo(id(second));
    assertThat(respond("\"Hi\"", after(first)).status()).isEqualTo(400);
  }

  @Test
  void aRequestWithAKeyIsAnsweredOnce() {
    Reply first = respond("\"My name is Sofia.\"");
    String body = "{\"input\": \"Who am I?\", %s}".formatted(after(first));
    Reply once = client.post(PATH, body, "Idempotency-Key", "k-1");
    Reply other = respond("\"Who am I?\"", after(first));
    Reply again = client.post(PATH, body, "Idempotency-Key", "k-1");
    assertThat(id(again)).isEqualTo(id(once));
    assertThat(again.header("x-conversation-id")).isEqualTo(once.header("x-conversation-id"));
    assertThat(again.json().get("output")).isEqualTo(once.json().get("output"));
    assertThat(other.header("x-conversation-id")).isNotEqualTo(once.header("x-conversation-id"));
  }
}
