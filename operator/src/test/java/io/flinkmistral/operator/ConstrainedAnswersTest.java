package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.assertSameAnswers;
import static io.flinkmistral.operator.Requests.fork;
import static io.flinkmistral.operator.Requests.request;
import static io.flinkmistral.operator.Requests.sampled;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Answers that are held to a form, by models that know nothing of it. */
@Timeout(300)
class ConstrainedAnswersTest {
  private static final Path UNTRAINED =
      Path.of("src", "test", "resources", "models", "block256_w20.q4_k_m.gguf");

  private static final String SCHEMA =
      """
      {"type": "object",
       "properties": {
         "name": {"type": "string", "maxLength": 12},
         "mood": {"enum": ["cheerful", "gloomy", "\u00e9tonn\u00e9"]},
         "ages": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 120},
                  "minItems": 1, "maxItems": 3},
         "friend_of_the_family": {"type": "boolean"}},
       "required": ["name", "mood", "ages", "friend_of_the_family"],
       "additionalProperties": false}
      """;

  private static final OutputConstraint JSON = new OutputConstraint.JsonSchema(SCHEMA, true);
  private static final Pattern DATE = Pattern.compile("(19|20)[0-9]{2}-(0[1-9]|1[0-2])-[0-3][0-9]");
  private static final List<String> COLOURS =
      List.of("red", "reddish", "a dark green", "\u00e9carlate");

  static Stream<Path> models() {
    return Stream.of(TinyMistral.file(), UNTRAINED);
  }

  private static Configuration optionsOf(Path model) {
    Configuration options = options();
    options.set(MistralOptions.MODEL_PATH, model.toString());
    options.set(MistralOptions.MAX_TOKENS, 150);
    return options;
  }

  private static CompletionRequest held(CompletionRequest request, OutputConstraint to) {
    return request.but().constraint(to).build();
  }

  /** Streamed, at temperature 1. */
  private static List<CompletionRequest> ofManyForms(int rounds) {
    List<CompletionRequest> requests = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      requests.add(held(sampled("json" + i, "j" + i, STORY + i, 150), JSON));
      requests.add(
          held(
              sampled("date" + i, "d" + i, "When? " + i, 150),
              new OutputConstraint.Regex(DATE.pattern())));
      requests.add(
          held(
              sampled("choice" + i, "c" + i, "Which colour? " + i, 150),
              new OutputConstraint.Choice(COLOURS)));
      requests.add(
          held(
              sampled("gbnf" + i, "g" + i, "How much? " + i, 150),
              new OutputConstraint.Gbnf(
                  """
                  root ::= sum{1,3} "."
                  sum ::= [1-9] ("+" [1-9])? ";"
                  """)));
    }
    return requests;
  }

  private static void assertIsOfItsForm(String id, String text) {
    switch (id.replaceAll("[0-9]", "")) {
      case "json" -> assertIsOfTheSchema(text);
      case "date" -> assertThat(text).matches(DATE);
      case "choice" -> assertThat(COLOURS).contains(text);
      case "gbnf" -> assertThat(text).matches("([1-9](\\+[1-9])?;){1,3}\\.");
      default -> throw new IllegalArgumentException(id);
    }
  }

  private static void assertIsOfTheSchema(String text) {
    JsonNode value = JsonMapper.shared().readTree(text);
    assertThat(value.propertyNames())
        .containsExactlyInAnyOrder("name", "mood", "ages", "friend_of_the_family");
    String name = value.required("name").asString();
    assertThat(name.codePointCount(0, name.length())).isLessThanOrEqualTo(12);
    assertThat(value.required("mood").asString()).isIn("cheerful", "gloomy", "\u00e9tonn\u00e9");
    assertThat(value.required("ages").size()).isBetween(1, 3);
    value.required("ages").forEach(age -> assertThat(age.asInt()).isBetween(0, 120));
    assertThat(value.required("friend_of_the_family").isBoolean()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("models")
  void answersOfBoundedFormsEndAndAreOfTheForm(Path model) throws Exception {
    List<CompletionRequest> requests = ofManyForms(6);
    try (OperatorHarness operator = OperatorHarness.opened(optionsOf(model))) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      for (CompletionRequest request : requests) {
        CompletionEvent.Completed answer = operator.completed(request.requestId());
        assertThat(answer.finishReason()).as(answer.text()).isEqualTo(FinishReason.STOP);
        assertIsOfItsForm(answer.requestId(), answer.text());
      }
    }
  }

  /** Some tokens are drawn, others must follow: both are counted, and come one by one. */
  @Test
  void piecesAndCountsAreOfAllTokens() throws Exception {
    CompletionRequest request = held(sampled("json", "c", STORY, 150), JSON);
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      long passesBefore = OperatorHarness.model(options()).engine().passes();
      operator.send(request);
      operator.runUntilAnswered(1);
      long passes = OperatorHarness.model(options()).engine().passes() - passesBefore;
      CompletionEvent.Completed answer = operator.completed("json");
      List<CompletionEvent.Chunk> chunks =
          operator.events().stream()
              .filter(CompletionEvent.Chunk.class::isInstance)
              .map(CompletionEvent.Chunk.class::cast)
              .toList();
      assertThat(chunks.stream().map(CompletionEvent.Chunk::text).collect(Collectors.joining()))
          .isEqualTo(answer.text());
      assertThat(chunks).isSortedAccordingTo((a, b) -> Integer.compare(a.index(), b.index()));
      assertThat(chunks.getLast().index()).isEqualTo(answer.usage().completionTokens());
      assertThat(chunks.getLast().finishReason()).contains(FinishReason.STOP);
      assertThat(passes)
          .as("of %d tokens", answer.usage().completionTokens())
          .isLessThan(answer.usage().completionTokens());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anAnswerThatWasUnderWayGoesOnAfterARestoreAsIfNothingHadHappened(boolean greedy)
      throws Exception {
    List<CompletionRequest> requests = new ArrayList<>();
    for (CompletionRequest request : ofManyForms(3)) {
      requests.add(greedy ? request.but().sampling(SamplingParams.DEFAULT).build() : request);
      requests.add(request("after " + request.requestId(), request.conversationId(), "Why?"));
    }
    Map<String, CompletionEvent> undisturbed = new HashMap<>();
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.runUntilAnswered(requests.size());
      undisturbed.putAll(operator.answers());
    }
    Map<String, CompletionEvent> answers = new HashMap<>();
    OperatorSubtaskState state = null;
    int sent = 0;
    for (int stage = 0; answers.size() < requests.size(); stage++) {
      try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
        operator.open(state);
        for (; sent < Math.min(requests.size(), (stage + 1) * 7); sent++) {
          operator.send(requests.get(sent));
        }
        operator.runFor(20);
        state = operator.snapshot();
        operator.answers().forEach((id, answer) -> assertThat(answers.put(id, answer)).isNull());
        operator.runFor(5); // What comes after the snapshot is lost, as in a crash.
      }
    }
    assertSameAnswers(answers, undisturbed);
  }

  @Test
  void anAnswerThatIsCutOffIsTheBeginningOfOneThatIsNot() throws Exception {
    Map<String, String> whole = new HashMap<>();
    List<CompletionRequest> requests = ofManyForms(2);
    for (int most : new int[] {150, 1, 2, 5, 13}) {
      try (OperatorHarness operator = OperatorHarness.opened(options())) {
        for (CompletionRequest request : requests) {
          operator.send(request.but().maxTokens(most).build());
        }
        operator.runUntilAnswered(requests.size());
        for (CompletionRequest request : requests) {
          CompletionEvent.Completed answer = operator.completed(request.requestId());
          whole.putIfAbsent(answer.requestId(), answer.text());
          assertThat(whole.get(answer.requestId())).startsWith(answer.text());
          if (answer.finishReason() == FinishReason.LENGTH) {
            assertThat(answer.usage().completionTokens()).isEqualTo(most);
          } else {
            assertThat(answer.text()).isEqualTo(whole.get(answer.requestId()));
          }
        }
      }
    }
  }

  /** A bias, and whatever else says that the answer may not end. */
  @Test
  void theFormComesFirst() throws Exception {
    CompletionRequest request =
        held(
                request("r", "c", "Yes or no?").but().maxTokens(20).build(),
                new OutputConstraint.Choice(List.of("yes", "no")))
            .but()
            .stop(new StopConditions(OptionalInt.of(20), 10, List.of(), List.of(), true))
            .sampling(
                new SamplingParams(1, 1, 0, 0, OptionalLong.of(3))
                    .withLogitBias(Map.of(100, 100f, 200, 100f)))
            .build();
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntilAnswered(1);
      assertThat(operator.textOf("r")).isIn("yes", "no");
      assertThat(operator.completed("r").finishReason()).isEqualTo(FinishReason.STOP);
    }
  }

  @Test
  void whatAnAnswerCannotBeHeldToIsRefusedByItsField() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(held(request("regex", "c", "?"), new OutputConstraint.Regex("(a")));
      operator.send(held(request("gbnf", "c", "?"), new OutputConstraint.Gbnf("root ::= nothing")));
      operator.send(held(request("choice", "c", "?"), new OutputConstraint.Choice(List.of())));
      operator.send(
          held(
              request("schema", "c", "?"),
              new OutputConstraint.JsonSchema(
                  "{\"properties\": {\"a\": {\"type\": \"strin\"}}}", true)));
      operator.send(
          held(request("stop", "c", "?"), JSON)
              .but()
              .stop(StopConditions.DEFAULT.withTexts(List.of("}")))
              .build());
      operator.send(request("after", "c", "Why?"));
      operator.runUntilAnswered(6);
      assertRefused(operator, "regex", "structured_outputs.regex");
      assertRefused(operator, "gbnf", "structured_outputs.grammar");
      assertRefused(operator, "choice", "structured_outputs.choice");
      assertThat(assertRefused(operator, "schema", "response_format.json_schema.schema"))
          .contains("/properties/a/type");
      assertThat(assertRefused(operator, "stop", "stop")).contains("held to a form");
      assertThat(operator.completed("after").usage().cachedTokens()).isZero();
    }
  }

  private static String assertRefused(OperatorHarness operator, String id, String parameter) {
    CompletionEvent.Rejected refusal = (CompletionEvent.Rejected) operator.answers().get(id);
    assertThat(refusal.parameter()).as(refusal.message()).isEqualTo(parameter);
    return refusal.message();
  }

  /** It is planned with pages of its source, and waits for memory until that answer has failed. */
  @Test
  void aForkBesideAnAnswerThatFailsBeginsAsIfItHadNot(@TempDir Path folder) throws Exception {
    Path model = TinyVariants.withoutByte(1, folder.resolve("model.gguf"));
    Configuration options = optionsOf(model).set(MistralOptions.MODEL_WINDOW, "none");
    CompletionRequest first = sampled("first", "c", STORY, 40);
    CompletionRequest branch = fork("branch", "c~b", "c", 1, "Why?");
    CompletionEvent.Completed expected;
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(first);
      operator.send(branch);
      operator.runUntilAnswered(2);
      expected = operator.completed("branch");
    }
    options
        .set(MistralOptions.KV_MEMORY, new MemorySize(18L * KvMemoryTest.PAGE_BYTES))
        .set(MistralOptions.KV_SHARED_MEMORY, MemorySize.ZERO)
        .set(MistralOptions.MODEL_NAME, "little memory");
    try (OperatorHarness operator = OperatorHarness.opened(options)) {
      operator.send(first);
      operator.runUntilAnswered(1);
      operator.send(
          held(sampled("dead", "c", STORY, 50), new OutputConstraint.Regex("[ab]{40}\\x01")));
      operator.runUntil(_ -> operator.running() == 1);
      operator.send(branch);
      operator.runUntilAnswered(3);
      assertThat(operator.answers().get("dead"))
          .hasFieldOrPropertyWithValue("code", "constraint_dead_end");
      assertThat(operator.textOf("branch")).isEqualTo(expected.text());
      assertThat(operator.completed("branch").usage()).isEqualTo(expected.usage());
    }
  }

  /** The vocabulary has no piece for the byte 1: its answer fails, and no other does. */
  @Test
  void aDeadEndIsAnErrorWithAName(@TempDir Path folder) throws Exception {
    Path model = TinyVariants.withoutByte(1, folder.resolve("model.gguf"));
    CompletionRequest dead =
        held(sampled("dead", "c", STORY, 50), new OutputConstraint.Regex("[ab]{20}\\x01"));
    try (OperatorHarness operator = OperatorHarness.opened(optionsOf(model))) {
      operator.send(request("before", "c", STORY));
      operator.send(dead);
      operator.send(request("after", "c", "Why?"));
      operator.send(request("other", "d", STORY));
      operator.runUntilAnswered(4);
      CompletionEvent.Rejected error = (CompletionEvent.Rejected) operator.answers().get("dead");
      assertThat(error.code()).isEqualTo("constraint_dead_end");
      assertThat(error.message()).contains("form allows nothing");
      operator.send(request("before again", "e", STORY));
      operator.send(request("after again", "e", "Why?"));
      operator.runUntilAnswered(6);
      assertThat(operator.textOf("after again")).isEqualTo(operator.textOf("after"));
      assertThat(operator.completed("after again").usage().promptTokens())
          .isEqualTo(operator.completed("after").usage().promptTokens());
    }
  }

  /** To ask how likely tokens were changes none of them. */
  @Test
  void forcedTokensHaveLogprobsWhereTheyAreAskedFor() throws Exception {
    CompletionRequest request = held(sampled("r", "c", STORY, 150), JSON);
    CompletionRequest asked = request.but().options(request.options().withTopLogprobs(2)).build();
    List<CompletionEvent.Completed> answers = new ArrayList<>();
    for (CompletionRequest one : List.of(request, asked)) {
      try (OperatorHarness operator = OperatorHarness.opened(options())) {
        operator.send(one);
        operator.runUntilAnswered(1);
        answers.add(operator.completed("r"));
      }
    }
    assertThat(answers.get(1).text()).isEqualTo(answers.get(0).text());
    assertThat(answers.get(1).usage()).isEqualTo(answers.get(0).usage());
    // All but the one that ends the answer.
    assertThat(answers.get(1).answer().logprobs().orElseThrow())
        .hasSize(answers.get(1).usage().completionTokens() - 1);
  }

  /** The model sees the schema, unless that is switched off. */
  @Test
  void theSchemaStandsInThePrompt() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(held(request("shown", "c", STORY), JSON));
      operator.send(
          held(request("hidden", "d", STORY), new OutputConstraint.JsonSchema(SCHEMA, false)));
      operator.send(request("free", "e", STORY));
      operator.runUntilAnswered(3);
      int hidden = operator.completed("hidden").usage().promptTokens();
      assertThat(operator.completed("shown").usage().promptTokens()).isGreaterThan(hidden + 50);
      assertThat(operator.completed("free").usage().promptTokens()).isEqualTo(hidden);
    }
  }

  /** A grammar that a recursion over it cannot take fails its request, and not the task. */
  @Test
  void aLongChainOfRulesIsRefusedOrAnswered() throws Exception {
    StringBuilder chain = new StringBuilder("root ::= a0{2,3}\n");
    for (int i = 0; i < 9000; i++) {
      chain.append("a%d ::= a%d | \"x\"\n".formatted(i, i + 1));
    }
    chain.append("a9000 ::= \"y\"\n");
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(held(request("r", "c", STORY), new OutputConstraint.Gbnf(chain.toString())));
      operator.runUntilAnswered(1);
      assertThat(operator.answers()).containsOnlyKeys("r");
    }
  }
}
