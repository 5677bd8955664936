package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Calls of tools by models whose template knows none. */
@Timeout(300)
class ToolsInWordsTest {
  private static final String WEATHER =
      """
      {"type": "function", "function": {"name": "weather", "parameters":
        {"type": "object", "properties": {"city": {"enum": ["Paris", "Oslo"]},
          "days": {"type": "integer", "minimum": 1, "maximum": 14}},
         "required": ["city", "days"], "additionalProperties": false}}}
      """;

  static Stream<Path> models() {
    return Stream.of(
        TinyMistral.file(),
        Path.of("src", "test", "resources", "models", "block256_w20.q4_k_m.gguf"));
  }

  private static Configuration base(Path model) {
    return options()
        .set(MistralOptions.MODEL_PATH, model.toString())
        .set(MistralOptions.UNKNOWN_TOOLS, "prompt");
  }

  private static CompletionRequest.Builder request(String id, ToolChoice choice, int seed) {
    return CompletionRequest.of(id, "c-" + id)
        .prompt(
            new Prompt.Chat(
                List.of(new ChatMessage(Role.USER, "How is the weather in Oslo? " + seed)),
                List.of(WEATHER),
                new ToolUse(choice, true),
                false))
        .maxTokens(200)
        .sampling(new SamplingParams(1, 1, 0, 0, OptionalLong.of(seed)))
        .stream();
  }

  private static void assertFits(CompletionEvent.Completed answer) {
    assertThat(answer.finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
    assertThat(answer.text()).isEmpty();
    assertThat(answer.toolCalls()).isNotEmpty();
    for (ToolCall call : answer.toolCalls()) {
      assertThat(call.name()).isEqualTo("weather");
      assertThat(call.id()).matches("[a-zA-Z0-9]{9}");
      JsonNode arguments = JsonMapper.shared().readTree(call.arguments());
      assertThat(arguments.get("city").stringValue()).isIn("Paris", "Oslo");
      assertThat(arguments.get("days").intValue()).isBetween(1, 14);
      assertThat(arguments.size()).isEqualTo(2);
    }
  }

  private static Map<String, CompletionEvent> answers(
      Configuration options, List<CompletionRequest> requests) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      return operator.answers();
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void aCallThatIsRequiredFitsTheSchemaOfItsTool(Path model) throws Exception {
    List<CompletionRequest> requests =
        Stream.of(1, 2, 3, 4)
            .map(
                seed ->
                    request("r" + seed, new ToolChoice.Function("weather"), seed)
                        .sampling(new SamplingParams(0.7, 1, 0, 0, OptionalLong.of(seed)))
                        .build()
                        .but()
                        .prompt(
                            new Prompt.Chat(
                                List.of(new ChatMessage(Role.USER, "And in Paris?")),
                                List.of(WEATHER),
                                new ToolUse(new ToolChoice.Function("weather"), false),
                                false))
                        .build())
            .toList();
    answers(base(model), requests)
        .values()
        .forEach(answer -> assertFits((CompletionEvent.Completed) answer));
  }

  /** A bias is what makes a model that has learnt nothing of calls begin one, or none. */
  @ParameterizedTest
  @MethodSource("models")
  void anAnswerIsEitherATextOrCalls(Path model) throws Exception {
    Configuration options = base(model).set(MistralOptions.MAX_TOKENS, 400);
    int calls = 0;
    Map<String, CompletionEvent> answers =
        answers(
            options,
            Stream.iterate(0, seed -> seed + 1)
                .limit(40)
                .map(seed -> request("r" + seed, ToolChoice.AUTO, seed).build())
                .toList());
    for (CompletionEvent event : answers.values()) {
      CompletionEvent.Completed answer = (CompletionEvent.Completed) event;
      if (answer.toolCalls().isEmpty()) {
        boolean cut = answer.finishReason() == FinishReason.LENGTH;
        assertThat(answer.text().startsWith("[") && !cut).as(answer.text()).isFalse();
      } else {
        assertFits(answer);
        calls++;
      }
    }
    assertThat(calls).isLessThan(40);
  }

  @ParameterizedTest
  @MethodSource("models")
  void besideAFormItIsThatFormOrCalls(Path model) throws Exception {
    OutputConstraint form = new OutputConstraint.Choice(List.of("yes", "no"));
    List<CompletionRequest> requests =
        Stream.iterate(0, seed -> seed + 1)
            .limit(40)
            .map(seed -> request("r" + seed, ToolChoice.AUTO, seed).constraint(form).build())
            .toList();
    int calls = 0;
    int texts = 0;
    for (CompletionEvent event : answers(base(model), requests).values()) {
      CompletionEvent.Completed answer = (CompletionEvent.Completed) event;
      if (answer.finishReason() == FinishReason.TOOL_CALLS) {
        assertFits(answer);
        calls++;
      } else if (answer.finishReason() == FinishReason.STOP) {
        assertThat(answer.text()).isIn("yes", "no");
        texts++;
      }
    }
    assertThat(calls + texts).isGreaterThan(20);
    assertThat(texts).isPositive();
  }

  @Test
  void withoutTheOptionOrWithoutToolsThereAreNoCalls() throws Exception {
    CompletionRequest required = request("r", new ToolChoice.Required(), 1).build();
    Configuration refusing = base(TinyMistral.file()).set(MistralOptions.UNKNOWN_TOOLS, "refuse");
    CompletionEvent.Rejected refusal =
        (CompletionEvent.Rejected) answers(refusing, List.of(required)).get("r");
    assertThat(refusal.parameter()).isEqualTo("tools");
    assertThat(refusal.message()).contains("template.tools");
    CompletionRequest none = request("n", new ToolChoice.None(), 1).build();
    CompletionRequest plain =
        none.but().prompt(new Prompt.Chat(none.messages(), List.of())).build();
    Configuration options = base(TinyMistral.file());
    assertSameAnswers(answers(options, List.of(none)), answers(options, List.of(plain)));
  }

  @Test
  void resultsAreAnsweredAndARestoreInMidCallChangesNothing() throws Exception {
    Configuration options = base(TinyMistral.file());
    CompletionRequest call =
        request("r0", new ToolChoice.Required(), 3)
            .build()
            .but()
            .prompt(
                new Prompt.Chat(
                    List.of(new ChatMessage(Role.USER, "How is the weather in Oslo?")),
                    List.of(WEATHER),
                    new ToolUse(new ToolChoice.Required(), false),
                    false))
            .build();
    CompletionRequest result =
        CompletionRequest.of("r1", "c-r0")
            .messages(
                List.of(new ChatMessage(Role.TOOL, "{\"sky\": \"blue\"}", List.of(), "abcdefghi")))
            .maxTokens(20)
            .build();
    Map<String, CompletionEvent> undisturbed = answers(options, List.of(call, result));
    assertFits((CompletionEvent.Completed) undisturbed.get("r0"));
    assertThat(undisturbed.get("r1")).isInstanceOf(CompletionEvent.Completed.class);
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorHarness operator = OperatorHarness.opened(options);
    operator.send(call);
    operator.send(result);
    while (answers.size() < 2) {
      operator.runFor(3);
      answers.putAll(operator.answers());
      if (answers.size() < 2) {
        OperatorSubtaskState state = operator.snapshot();
        operator.close();
        operator = new OperatorHarness(options, 1, 0);
        operator.open(state);
      }
    }
    operator.close();
    assertSameAnswers(answers, undisturbed);
  }
}
