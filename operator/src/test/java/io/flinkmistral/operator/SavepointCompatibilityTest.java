package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.follow;
import static io.flinkmistral.operator.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.ContextOverflow;
import io.flinkmistral.protocol.HistoryMode;
import io.flinkmistral.protocol.Moderation;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.Schedule;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.protocol.ToolChoice;
import io.flinkmistral.protocol.ToolUse;
import io.flinkmistral.protocol.TurnOptions;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Savepoints that earlier versions wrote are restored and gone on with. They lie in {@code
 * src/test/resources/savepoints}, one folder for each version of the state. To write that of the
 * present version, once and before it is released: {@code mvn -q -pl operator -am test
 * -Dtest=SavepointCompatibilityTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dsavepoint.write=src/test/resources/savepoints/vN}.
 */
class SavepointCompatibilityTest {
  private static final List<CompletionRequest> BEFORE =
      List.of(
          request("a1", "a", "My name is Sofia."),
          request("a2", "a", "Spell the word bell."),
          request("b1", "b", "Tell me a story about a pink owl called Ben."),
          request("b2", "b", "Repeat: dog yellow salad"));

  /**
   * What version 4 has beside them: fields of requests, and probabilities of an answer's tokens.
   */
  private static final List<CompletionRequest> SINCE_FOUR =
      List.of(
          request("d1", "d", "Tell me a story about a pink owl called Ben.")
              .but()
              .stop(
                  new StopConditions(OptionalInt.of(150), 140, List.of("END"), List.of(700), true))
              .sampling(
                  new SamplingParams(1.1, 0.95, 50, 0.01, OptionalLong.of(7))
                      .withTypicalP(0.97)
                      .withPenalties(new Penalties(0.5, 0.25, 1.1, 30))
                      .withLogitBias(Map.of(400, 1.5f, 500, -100f))
                      .withBadWords(List.of("owl")))
              .options(
                  new AnswerOptions(
                      false,
                      1,
                      OptionalInt.of(3),
                      OptionalInt.empty(),
                      Optional.of("u-1"),
                      Map.of("k", "v"),
                      Optional.empty()))
              .build(),
          CompletionRequest.of("d2", "d")
              .prompt(new Prompt.Text(" And then"))
              .maxTokens(20)
              .build(),
          CompletionRequest.of("d3", "d")
              .prompt(
                  new Prompt.Chat(
                      List.of(new ChatMessage(Role.USER, "Who am I?")),
                      List.of(),
                      new ToolUse(new ToolChoice.None(), false),
                      false))
              .history(HistoryMode.FULL)
              .constraint(
                  new OutputConstraint.JsonSchema(
                      "{\"type\": \"array\", \"items\": {\"enum\": [1, 2]}, \"maxItems\": 5}",
                      true))
              .build());

  /** What version 5 has beside them: several answers, their order, and turns that make way. */
  private static final List<CompletionRequest> SINCE_FIVE =
      List.of(
          request("e1", "e", "Tell me a story about a pink owl called Ben.")
              .but()
              .sampling(new SamplingParams(1.2, 1, 0, 0, OptionalLong.of(3)))
              .options(
                  AnswerOptions.DEFAULT
                      .withChoices(3)
                      .withTopLogprobs(1)
                      .withPromptLogprobs(2)
                      .withCacheSalt("s"))
              .schedule(new Schedule(-5, OptionalLong.empty()))
              .build(),
          request("e2", "e", "Repeat: dog yellow salad")
              .but()
              .overflow(Optional.of(ContextOverflow.DROP_OLDEST))
              .schedule(new Schedule(7, OptionalLong.of(Long.MAX_VALUE)))
              .build());

  /**
   * What version 6 has beside them: instructions for one turn, a time that the conversation stays,
   * and a request that goes on from a turn or branches off there.
   */
  private static final List<CompletionRequest> SINCE_SIX =
      List.of(
          request("f1", "f", "Tell me a story about a pink owl called Ben.")
              .but()
              .turn(
                  TurnOptions.DEFAULT
                      .withInstructions(Optional.of("Be brief."))
                      .withTimeToLive(OptionalLong.of(1_000_000_000)))
              .build(),
          follow("f2", "f~f2", "f", 1, 1, "Spell the word bell."));

  /** What version 7 has beside them: texts that are judged. */
  private static final List<CompletionRequest> SINCE_SEVEN =
      List.of(
          judged(
              request("g1", "g", "Tell me a story about a pink owl called Ben."),
              Moderation.of(Moderation.Judged.BOTH, Moderation.Action.FLAG)
                  .withThreshold(0.75)
                  .withThresholds(Map.of("law", 0.25))
                  .withCategories(List.of("pii", "law"))),
          judged(
              request("g2", "g", "I hate this lamp."),
              Moderation.of(Moderation.Judged.PROMPT, Moderation.Action.BLOCK)
                  .withRubric(
                      "{\"acceptable\": \"positive\", \"categories\": {\"negative\": \"\"}}")
                  .withThreshold(0)));

  private static CompletionRequest judged(CompletionRequest request, Moderation moderation) {
    return request.but().turn(TurnOptions.DEFAULT.withModeration(Optional.of(moderation))).build();
  }

  private static final CompletionRequest AFTER = request("a3", "a", "Who am I?");

  @Test
  @EnabledIfSystemProperty(named = "savepoint.write", matches = ".+")
  void writesTheSavepointOfThisVersion() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : BEFORE) {
        operator.send(request);
      }
      for (CompletionRequest request : SINCE_FOUR) {
        operator.send(request);
      }
      for (CompletionRequest request : SINCE_FIVE) {
        operator.send(request);
      }
      for (CompletionRequest request : SINCE_SIX) {
        operator.send(request);
      }
      for (CompletionRequest request : SINCE_SEVEN) {
        operator.send(request);
      }
      operator.runUntilAnswered(2);
      // The story has been begun, and nothing of it was emitted, as it is not streamed.
      OperatorSubtaskState state = operator.savepoint();
      assertThat(operator.answers()).containsOnlyKeys("a1", "a2");
      SavepointFile.write(state, Path.of(System.getProperty("savepoint.write")));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "v1, true",
    "v2, false",
    "v2, true",
    "v3, false",
    "v3, true",
    "v4, false",
    "v4, true",
    "v5, false",
    "v5, true",
    "v5-int8-5, false",
    "v5-int8-5, true",
    "v6, false",
    "v6, true",
    "v7, false",
    "v7, true"
  })
  void aSavepointOfThatVersionGoesOnWhereItWas(String version, boolean rocksDb) throws Exception {
    List<CompletionRequest> all = new ArrayList<>(BEFORE);
    if (version.compareTo("v4") >= 0) {
      all.addAll(SINCE_FOUR);
    }
    if (version.compareTo("v5") >= 0) {
      all.addAll(SINCE_FIVE);
    }
    if (version.compareTo("v6") >= 0) {
      all.addAll(SINCE_SIX);
    }
    if (version.compareTo("v7") >= 0) {
      all.addAll(SINCE_SEVEN);
    }
    List<String> unanswered =
        all.stream()
            .map(CompletionRequest::requestId)
            .filter(id -> !id.startsWith("a"))
            .collect(Collectors.toCollection(ArrayList::new));
    unanswered.add(AFTER.requestId());
    all.add(AFTER);
    try (OperatorHarness undisturbed = OperatorHarness.opened(options());
        OperatorHarness restored = new OperatorHarness(options(), 1, 0)) {
      for (CompletionRequest request : all) {
        undisturbed.send(request);
      }
      undisturbed.runUntilAnswered(all.size());
      if (rocksDb) {
        restored.onRocksDb();
      }
      restored.open(read(version));
      restored.send(AFTER);
      restored.runUntilAnswered(unanswered.size());
      assertThat(restored.answers()).containsOnlyKeys(unanswered);
      for (String id : restored.answers().keySet()) {
        CompletionEvent.Completed expected = undisturbed.completed(id);
        CompletionEvent.Completed actual = restored.completed(id);
        assertThat(actual.answer()).as(id).isEqualTo(expected.answer());
        assertThat(actual.shape()).as(id).isEqualTo(expected.shape());
        assertThat(actual.usage().promptTokens()).isEqualTo(expected.usage().promptTokens());
      }
      assertThat(restored.textOf("a3")).contains("Sofia");
      // Pages of an earlier arithmetic are of no use any more.
      boolean hasPages = version.compareTo("v5-int8-5") >= 0;
      assertThat(restored.completed("a3").usage().cachedTokens() > 0).isEqualTo(hasPages);
    }
  }

  @Test
  void onTheHeapTheFirstVersionIsRefusedRatherThanForgotten() throws Exception {
    OperatorSubtaskState first = read("v1");
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      assertThatThrownBy(() -> operator.open(first))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("rocksdb");
    }
  }

  private static OperatorSubtaskState read(String version) throws Exception {
    try (InputStream in =
        SavepointCompatibilityTest.class.getResourceAsStream(
            "/savepoints/" + version + "/" + SavepointFile.NAME)) {
      return SavepointFile.read(in);
    }
  }
}
