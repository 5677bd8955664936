package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls of tools by a model that was never trained to make any. */
@Timeout(300)
class ToolChoiceTest {
  private static final JsonMapper MAPPER = new JsonMapper();

  private static final String WEATHER =
      """
      {"type": "function", "function": {"name": "weather", "parameters":
        {"type": "object", "properties": {"city": {"$ref": "#/$defs/city"},
          "days": {"type": "integer", "minimum": 1, "maximum": 14}},
         "required": ["city", "days"], "additionalProperties": false,
         "$defs": {"city": {"enum": ["Paris", "Oslo"]}}}}}
      """;
  private static final String CLOCK =
      """
      {"type": "function", "function": {"name": "clock", "parameters":
        {"type": "object", "properties": {"zone": {"$ref": "#/$defs/city"}},
         "required": ["zone"], "additionalProperties": false,
         "$defs": {"city": {"enum": ["UTC", "CET"]}}}}}
      """;
  private static final String UNENFORCEABLE =
      """
      {"type": "function", "function": {"name": "list", %s "parameters":
        {"type": "object", "properties": {"all": {"type": "array", "uniqueItems": true}}}}}
      """;

  private static Configuration options;

  @BeforeAll
  static void makeModel(@TempDir Path folder) throws Exception {
    options =
        options()
            .set(
                MistralOptions.MODEL_PATH,
                TinyVariants.withControlPieces(folder.resolve("v3.gguf")).toString());
  }

  private static CompletionRequest request(
      String id, List<String> tools, ToolChoice choice, boolean parallel, int seed) {
    return CompletionRequest.of(id, "c-" + id)
        .prompt(
            new Prompt.Chat(
                List.of(new ChatMessage(Role.USER, "How is the weather in Oslo? " + seed)),
                tools,
                new ToolUse(choice, parallel),
                false))
        .maxTokens(120)
        .sampling(new SamplingParams(1, 1, 0, 0, OptionalLong.of(seed)))
        .stream()
        .build();
  }

  private static CompletionEvent answer(CompletionRequest request) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(request);
      operator.runUntilAnswered(1);
      return operator.answers().get(request.requestId());
    }
  }

  private static void assertFits(ToolCall call) {
    JsonNode arguments = MAPPER.readTree(call.arguments());
    switch (call.name()) {
      case "weather" -> {
        assertThat(arguments.get("city").stringValue()).isIn("Paris", "Oslo");
        assertThat(arguments.get("days").intValue()).isBetween(1, 14);
        assertThat(arguments.size()).isEqualTo(2);
      }
      case "clock" -> {
        assertThat(arguments.get("zone").stringValue()).isIn("UTC", "CET");
        assertThat(arguments.size()).isEqualTo(1);
      }
      default -> throw new AssertionError("there is no tool " + call.name());
    }
    assertThat(call.id()).matches("[a-zA-Z0-9]{9}");
  }

  @Test
  void aCallThatIsRequiredFitsTheSchemaOfItsTool() throws Exception {
    for (int seed = 0; seed < 12; seed++) {
      CompletionEvent.Completed answer =
          (CompletionEvent.Completed)
              answer(
                  request(
                      "r" + seed, List.of(WEATHER, CLOCK), new ToolChoice.Required(), false, seed));
      assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
      assertThat(answer.toolCalls()).hasSize(1).allSatisfy(ToolChoiceTest::assertFits);
      assertThat(answer.text()).isEmpty();
    }
  }

  @Test
  void callsAreJudgedAndCanBeKeptBack() throws Exception {
    CompletionRequest calls =
        request("r", List.of(WEATHER, CLOCK), new ToolChoice.Required(), false, 1);
    Moderation moderation = Moderation.of(Moderation.Judged.ANSWER, Moderation.Action.BLOCK);
    CompletionEvent.Completed fine =
        (CompletionEvent.Completed) answer(judged(calls, moderation.withThreshold(1)));
    assertThat(fine.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(fine.toolCalls())
        .isEqualTo(((CompletionEvent.Completed) answer(calls)).toolCalls())
        .isNotEmpty();
    assertThat(fine.answer().moderation().orElseThrow().answer()).isPresent();
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(judged(calls, moderation.withThreshold(0)));
      operator.runUntilAnswered(1);
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
      assertThat(operator.completed("r").toolCalls()).isEmpty();
      CompletionEvent.Chunk piece = (CompletionEvent.Chunk) operator.events().getFirst();
      assertThat(piece.text()).isEmpty();
      assertThat(piece.end().orElseThrow().toolCalls()).isEmpty();
      assertThat(operator.events()).hasSize(2);
    }
  }

  private static CompletionRequest judged(CompletionRequest request, Moderation moderation) {
    return request.but().turn(request.turn().withModeration(Optional.of(moderation))).build();
  }

  @Test
  void aNamedToolIsTheOneThatIsCalled() throws Exception {
    CompletionEvent.Completed answer =
        (CompletionEvent.Completed)
            answer(
                request("r", List.of(WEATHER, CLOCK), new ToolChoice.Function("clock"), false, 1));
    assertThat(answer.toolCalls()).extracting(ToolCall::name).containsExactly("clock");
  }

  @Test
  void severalCallsFitEachTheirOwnSchema() throws Exception {
    int several = 0;
    for (int seed = 0; seed < 20; seed++) {
      CompletionEvent.Completed answer =
          (CompletionEvent.Completed)
              answer(
                  request(
                      "r" + seed, List.of(WEATHER, CLOCK), new ToolChoice.Required(), true, seed));
      assertThat(answer.toolCalls()).allSatisfy(ToolChoiceTest::assertFits);
      several += answer.toolCalls().size() > 1 ? 1 : 0;
    }
    assertThat(several).isPositive();
  }

  @Test
  void noneIsCalledWhereNoneMayBe() throws Exception {
    for (int seed = 0; seed < 5; seed++) {
      CompletionRequest free =
          request("r" + seed, List.of(WEATHER), new ToolChoice.None(), true, seed)
              .but()
              .sampling(
                  // The token that begins calls would be drawn nearly always.
                  new SamplingParams(50, 1, 0, 0, OptionalLong.of(seed)))
              .build();
      CompletionEvent.Completed answer = (CompletionEvent.Completed) answer(free);
      assertThat(answer.toolCalls()).isEmpty();
    }
  }

  @Test
  void anAnswerIsOfItsFormOrCallsTools() throws Exception {
    for (ToolChoice choice : List.of(ToolChoice.AUTO, new ToolChoice.None())) {
      CompletionEvent.Completed answer =
          (CompletionEvent.Completed)
              answer(
                  request("r", List.of(WEATHER), choice, true, 3)
                      .but()
                      .constraint(new OutputConstraint.Choice(List.of("yes", "no")))
                      .build());
      if (answer.toolCalls().isEmpty()) {
        assertThat(answer.text()).isIn("yes", "no");
      } else {
        assertThat(choice).isEqualTo(ToolChoice.AUTO);
      }
    }
  }

  @Test
  void whatCannotBeEnforcedIsRefusedByNameWhereACallIsAskedForOrStrict() throws Exception {
    List<String> loose = List.of(UNENFORCEABLE.formatted(""));
    List<String> strict = List.of(UNENFORCEABLE.formatted("\"strict\": true,"));
    assertThat(answer(request("a", loose, ToolChoice.AUTO, true, 1)))
        .isInstanceOf(CompletionEvent.Completed.class);
    for (CompletionRequest refused :
        List.of(
            request("b", loose, new ToolChoice.Required(), true, 1),
            request("c", strict, ToolChoice.AUTO, true, 1))) {
      assertThat(answer(refused))
          .isInstanceOfSatisfying(
              CompletionEvent.Rejected.class,
              refusal -> assertThat(refusal.message()).contains("uniqueItems", "tools[0]"));
    }
    assertThat(answer(request("d", loose, new ToolChoice.Function("clock"), true, 1)))
        .isInstanceOfSatisfying(
            CompletionEvent.Rejected.class,
            refusal -> assertThat(refusal.parameter()).isEqualTo("tool_choice"));
  }

  /** Each would be read again and again, if it failed the task. */
  @Test
  void toolsThatCannotBeReadAreRefused() throws Exception {
    String tool = "{\"type\": \"function\", \"function\": {\"name\": \"f\", \"parameters\": %s}}";
    for (String parameters :
        List.of(
            "{\"properties\": {\"a\": {\"maximum\": Infinity}}}",
            "{\"properties\": {\"a\": {\"const\": 1e999999999, \"multipleOf\": 3}}}",
            "{\"type\": \"string\"}")) {
      List<String> tools = List.of(tool.formatted(parameters));
      assertThat(answer(request("a", tools, new ToolChoice.Required(), true, 1)))
          .as(parameters)
          .isInstanceOf(CompletionEvent.Rejected.class);
    }
    assertThat(answer(request("b", List.of("no tool"), ToolChoice.AUTO, true, 1)))
        .isInstanceOf(CompletionEvent.Rejected.class);
    String nullable = tool.formatted("{\"type\": [\"object\", \"null\"], \"maxProperties\": 0}");
    assertThat(answer(request("c", List.of(nullable), new ToolChoice.Required(), false, 1)))
        .isInstanceOfSatisfying(
            CompletionEvent.Completed.class,
            called ->
                assertThat(called.toolCalls())
                    .extracting(ToolCall::arguments)
                    .containsExactly("{}"));
  }

  @Test
  void aCallThatWasHalfWrittenGoesOnAfterARestore() throws Exception {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      requests.add(request("r" + i, List.of(WEATHER, CLOCK), new ToolChoice.Required(), true, i));
    }
    Map<String, CompletionEvent> expected = new HashMap<>();
    for (CompletionRequest request : requests) {
      expected.put(request.requestId(), answer(request));
    }
    Map<String, CompletionEvent> answers = new HashMap<>();
    Optional<OperatorSubtaskState> state = Optional.empty();
    while (answers.size() < requests.size()) {
      try (OperatorHarness operator = new OperatorHarness(options, 1, 0)) {
        operator.open(state.orElse(null));
        if (state.isEmpty()) {
          for (CompletionRequest request : requests) {
            operator.send(request);
          }
        }
        operator.runFor(7);
        state = Optional.of(operator.snapshot());
        answers.putAll(operator.answers());
      }
    }
    assertSameAnswers(answers, expected);
  }
}
