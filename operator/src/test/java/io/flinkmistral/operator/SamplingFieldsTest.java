package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What requests have done to logits and ends, with a whole model and through a crash. */
class SamplingFieldsTest {
  private static final String SPELL = "Spell the word bell.";
  private static final String SPELT = "b-e-l-l";

  private static final CompletionRequest ALL =
      request("r", "c", STORY)
          .but()
          .stop(new StopConditions(OptionalInt.of(50), 45, List.of("."), List.of(), true))
          .sampling(
              new SamplingParams(1.2, 0.95, 60, 0.01, OptionalLong.empty())
                  .withTypicalP(0.95)
                  .withPenalties(new Penalties(0.5, 0.25, 1.2, 20))
                  .withLogitBias(Map.of(300, 2f, 301, -100f))
                  .withBadWords(List.of("owl", "pink owl")))
          .stream()
          .build();

  @Test
  void noEndComesBeforeTheFewestTokens() throws Exception {
    CompletionEvent.Completed whole = answer(request("r", "c", SPELL));
    assertThat(whole.text()).isEqualTo(SPELT);
    int tokens = whole.usage().completionTokens();
    StopConditions stop = StopConditions.DEFAULT.withMaxTokens(tokens + 20);
    CompletionEvent.Completed longer = answer(stop.withMinTokens(tokens));
    assertThat(longer.text()).startsWith(SPELT).hasSizeGreaterThan(SPELT.length());
    assertThat(longer.usage().completionTokens()).isGreaterThan(tokens);
    assertThat(answer(stop.withMinTokens(tokens - 1)).text()).isEqualTo(SPELT);
    assertThat(answer(stop.withTexts(List.of("-l"))).text()).isEqualTo("b-e");
    assertThat(answer(stop.withTexts(List.of("-l")).withMinTokens(tokens - 1)).text())
        .isEqualTo(SPELT);
  }

  @Test
  void anEndThatIsIgnoredLeavesTheOthers() throws Exception {
    StopConditions stop = StopConditions.DEFAULT.withIgnoreEos(true).withMaxTokens(40);
    CompletionEvent.Completed longest = answer(stop);
    assertThat(longest.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(longest.usage().completionTokens()).isEqualTo(40);
    assertThat(longest.text()).startsWith(SPELT);
    CompletionEvent.Completed cut = answer(stop.withTexts(List.of("-l-l")));
    assertThat(cut.finishReason()).isEqualTo(FinishReason.STOP);
  }

  @Test
  void aTokenThatStopsIsNotPartOfTheText() throws Exception {
    int[] ids = OperatorHarness.model(options()).tokenizer().encode(SPELT);
    StopConditions stop = StopConditions.DEFAULT.withTokenIds(List.of(ids[ids.length - 1]));
    CompletionEvent.Completed cut = answer(stop);
    assertThat(cut.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(SPELT).startsWith(cut.text()).isNotEqualTo(cut.text());
    assertThat(cut.usage().completionTokens())
        .isEqualTo(
            IntStream.range(0, ids.length)
                    .filter(i -> ids[i] == ids[ids.length - 1])
                    .findFirst()
                    .orElseThrow()
                + 1);
  }

  @Test
  void badWordsAreNotInTheAnswer() throws Exception {
    List<String> words = List.of("owl", "Ben", "story", "the");
    CompletionRequest story = request("r", "c", STORY).but().maxTokens(60).build();
    assertThat(answer(story).text()).contains("owl").contains("Ben");
    String without =
        answer(story.but().sampling(SamplingParams.DEFAULT.withBadWords(words)).build()).text();
    assertThat(without).isNotEmpty();
    for (String word : List.of(" owl", " Ben", " the ")) {
      assertThat(without).doesNotContain(word);
    }
  }

  @Test
  void aTokenThatTheModelDoesNotHaveIsRefused() throws Exception {
    CompletionRequest spell = request("r", "c", SPELL);
    assertRefused(
        spell.but().sampling(SamplingParams.DEFAULT.withLogitBias(Map.of(1 << 20, 1f))).build(),
        "logit_bias");
    assertRefused(
        spell.but().stop(StopConditions.DEFAULT.withTokenIds(List.of(1 << 20))).build(),
        "stop_token_ids");
  }

  private static void assertRefused(CompletionRequest request, String parameter) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntilAnswered(1);
      CompletionEvent.Rejected refusal =
          (CompletionEvent.Rejected) operator.answers().get(request.requestId());
      assertThat(refusal.parameter()).isEqualTo(parameter);
      assertThat(refusal.message())
          .startsWith(parameter + " names the token 1048576, but the model has the tokens 0 to ");
    }
  }

  @Test
  void aBiasDecidesAndPenaltiesEndRepetition() throws Exception {
    CompletionRequest spell = request("r", "c", SPELL).but().maxTokens(30).build();
    int owl = OperatorHarness.model(options()).tokenizer().encode("owl")[0];
    SamplingParams biased = SamplingParams.DEFAULT.withLogitBias(Map.of(owl, 100f));
    String owls = answer(spell.but().sampling(biased).build()).text();
    assertThat(owls.split(" ")).hasSize(30).containsOnly(owls.split(" ")[0]);
    SamplingParams varied =
        SamplingParams.DEFAULT
            .withLogitBias(Map.of(owl, 20f))
            .withPenalties(new Penalties(0, 2, 1, -1));
    assertThat(answer(spell.but().sampling(varied).build()).text()).isNotEqualTo(owls);
  }

  @Test
  void eachPenaltyChangesALongAnswer() throws Exception {
    CompletionRequest story = request("r", "c", STORY).but().maxTokens(60).build();
    SamplingParams plain = new SamplingParams(2, 1, 0, 0, OptionalLong.of(5));
    Set<String> texts = new HashSet<>();
    texts.add(answer(story.but().sampling(plain).build()).text());
    for (Penalties penalties :
        List.of(
            new Penalties(2, 0, 1, -1),
            new Penalties(0, 2, 1, -1),
            new Penalties(0, 0, 2, -1),
            new Penalties(0, 0, 2, 8))) {
      SamplingParams sampling = plain.withPenalties(penalties);
      texts.add(answer(story.but().sampling(sampling).build()).text());
    }
    assertThat(texts).hasSize(5);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 33})
  void anAnswerGoesOnAfterACrashWithAllOfThem(int pieces) throws Exception {
    List<CompletionEvent> undisturbed;
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(ALL);
      operator.runUntil(events -> events.size() >= pieces);
      state = operator.snapshot();
      operator.runUntilAnswered(1);
      undisturbed = operator.events();
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(1);
      List<CompletionEvent> after = operator.events();
      assertThat(after.subList(0, after.size() - 1))
          .isEqualTo(
              undisturbed.subList(undisturbed.size() - after.size(), undisturbed.size() - 1));
      CompletionEvent.Completed answer = operator.completed("r");
      assertThat(answer.text())
          .isEqualTo(((CompletionEvent.Completed) undisturbed.getLast()).text());
      assertThat(answer.usage().completionTokens()).isEqualTo(50);
      assertThat(answer.text()).doesNotContain(" owl");
      assertThat(
              undisturbed.stream()
                  .filter(CompletionEvent.Chunk.class::isInstance)
                  .map(event -> ((CompletionEvent.Chunk) event).text())
                  .collect(Collectors.joining()))
          .isEqualTo(answer.text());
    }
  }

  private static CompletionEvent.Completed answer(StopConditions stop) throws Exception {
    return answer(request("r", "c", SPELL).but().stop(stop).build());
  }

  private static CompletionEvent.Completed answer(CompletionRequest request) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntilAnswered(1);
      return operator.completed(request.requestId());
    }
  }
}
