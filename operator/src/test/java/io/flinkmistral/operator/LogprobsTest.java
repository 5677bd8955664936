package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessClient;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.TokenLogprob;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How likely the tokens of an answer were, streamed and whole, and through a crash. */
class LogprobsTest {
  private static final String SPELL = "Spell the word bell.";

  private static final CompletionRequest STREAMED =
      request("r", "c", STORY)
          .but()
          .maxTokens(80) // A mail takes in up to 16 passes, and it is to be cut short twice.
          .sampling(
              new SamplingParams(1.2, 0.95, 60, 0.01, OptionalLong.empty())
                  .withPenalties(new Penalties(0.5, 0.25, 1.2, 20))
                  .withBadWords(List.of("owl")))
          .options(AnswerOptions.DEFAULT.withTopLogprobs(3).withStream(true))
          .build();

  @Test
  void theTokensMakeUpTheText() throws Exception {
    CompletionEvent.Completed answer = answer(asked(SPELL, 5));
    List<TokenLogprob> tokens = logprobs(answer);
    assertThat(tokens).hasSize(answer.usage().completionTokens() - 1); // All but EOS.
    assertThat(text(tokens)).isEqualTo(answer.text()).isEqualTo("b-e-l-l");
    for (TokenLogprob token : tokens) {
      assertThat(token.top())
          .hasSize(5)
          .isSortedAccordingTo(Comparator.comparing(TokenLogprob::logprob).reversed());
      // Greedy: the token drawn is the most probable one.
      assertThat(token.top().getFirst().token()).isEqualTo(token.token());
      assertThat(token.top().getFirst().logprob()).isEqualTo(token.logprob());
      assertThat(token.top().stream().mapToDouble(t -> Math.exp(t.logprob())).sum())
          .isBetween(0.0, 1.0 + 1e-6);
      assertThat(token.top()).allMatch(top -> top.top().isEmpty());
    }
    assertThat(logprobs(answer(asked(SPELL, 0)))).allMatch(token -> token.top().isEmpty());
    assertThat(answer(request("r", "c", SPELL)).answer().logprobs()).isEmpty();
  }

  /** They are the model's own, before temperature, penalties and what is forbidden. */
  @Test
  void whatIsDoneToLogitsDoesNotChangeThem() throws Exception {
    TokenLogprob plain = logprobs(answer(asked(SPELL, 5))).getFirst();
    CompletionRequest changed =
        asked(SPELL, 5)
            .but()
            .sampling(
                new SamplingParams(5, 1, 0, 0, OptionalLong.of(3))
                    .withPenalties(new Penalties(2, 2, 5, -1))
                    .withBadWords(List.of("b")))
            .build();
    TokenLogprob first = logprobs(answer(changed)).getFirst();
    assertThat(first.top()).isEqualTo(plain.top());
    assertThat(first.token()).isNotEqualTo(plain.token());
    assertThat(first.logprob()).isLessThan(plain.logprob());
  }

  /** Against the sums that scoring gives. */
  @Test
  void theyAreWhatScoringGives() throws Exception {
    LanguageModel model = OperatorHarness.model(options());
    CompletionRequest asked = asked(SPELL, 0);
    List<TokenLogprob> tokens = logprobs(answer(asked));
    int[] prompt = model.encodeTurn(true, asked);
    int[] answer = model.tokenizer().encode("b-e-l-l");
    assertThat(answer).hasSize(tokens.size());
    try (StatelessClient client =
        model.stateless(new StatelessSettings(new BatchLimits(4, 64), 1 << 26, 64, 4096))) {
      double[] scores = client.score(prompt, List.of(answer)).get(1, TimeUnit.MINUTES).getFirst();
      for (int i = 0; i < scores.length; i++) {
        assertThat((double) tokens.get(i).logprob()).isCloseTo(scores[i], within(1e-6));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, false", "9, true", "20, false"})
  void theyAreTheSameAfterACrash(int pieces, boolean rocksDb) throws Exception {
    List<CompletionEvent> undisturbed;
    OperatorSubtaskState state;
    try (OperatorHarness operator = harness(rocksDb)) {
      operator.open(null);
      operator.send(STREAMED);
      operator.runUntil(events -> events.size() >= pieces);
      operator.snapshot();
      operator.runUntil(events -> events.size() >= pieces + 2);
      state = operator.snapshot();
      operator.runUntilAnswered(1);
      undisturbed = operator.events();
    }
    CompletionEvent.Completed expected = (CompletionEvent.Completed) undisturbed.getLast();
    OperatorSubtaskState second;
    try (OperatorHarness operator = harness(rocksDb)) {
      operator.open(state);
      operator.runUntil(events -> !events.isEmpty());
      second = operator.snapshot();
    }
    try (OperatorHarness operator = harness(rocksDb)) {
      operator.open(second);
      operator.runUntilAnswered(1);
      List<CompletionEvent> after = operator.events();
      assertThat(after.subList(0, after.size() - 1))
          .isEqualTo(
              undisturbed.subList(undisturbed.size() - after.size(), undisturbed.size() - 1));
      assertThat(operator.completed("r").answer()).isEqualTo(expected.answer());
    }
    List<TokenLogprob> streamed =
        undisturbed.stream()
            .filter(CompletionEvent.Chunk.class::isInstance)
            .flatMap(chunk -> ((CompletionEvent.Chunk) chunk).logprobs().stream())
            .toList();
    assertThat(streamed).isEqualTo(logprobs(expected)).hasSize(80);
    CompletionEvent.Chunk last = (CompletionEvent.Chunk) undisturbed.get(undisturbed.size() - 2);
    assertThat(last.end().orElseThrow().usage()).hasValue(expected.usage());
  }

  @Test
  void aSecondAnswerHasItsOwn() throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(asked(SPELL, 1));
      operator.send(asked("Spell the word owl.", 1).but().origin(Optional.empty()).build());
      operator.runUntilAnswered(1);
      operator.snapshot();
      operator.endInput();
      for (CompletionEvent event : operator.events()) {
        CompletionEvent.Completed answer = (CompletionEvent.Completed) event;
        assertThat(text(logprobs(answer))).isEqualTo(answer.text());
      }
    }
  }

  private static OperatorHarness harness(boolean rocksDb) throws Exception {
    OperatorHarness operator = new OperatorHarness(options(), 1, 0);
    if (rocksDb) {
      operator.onRocksDb();
    }
    return operator;
  }

  private static CompletionRequest asked(String text, int top) {
    return request("r-" + text.hashCode(), "c", text)
        .but()
        .options(AnswerOptions.DEFAULT.withTopLogprobs(top))
        .build();
  }

  private static List<TokenLogprob> logprobs(CompletionEvent.Completed answer) {
    return answer.answer().logprobs().orElseThrow();
  }

  private static String text(List<TokenLogprob> tokens) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (TokenLogprob token : tokens) {
      token.bytes().orElse(List.of()).forEach(bytes::write);
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static CompletionEvent.Completed answer(CompletionRequest request) throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(request);
      operator.runUntilAnswered(1);
      return operator.completed(request.requestId());
    }
  }
}
