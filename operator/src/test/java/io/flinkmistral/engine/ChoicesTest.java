package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.Piece;
import io.flinkmistral.protocol.Answer;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.OutputConstraint;
import io.flinkmistral.protocol.Penalties;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.RankedToken;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.weights.LoadListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Several answers to one request, and how likely its prompt was; the model's window is 256. */
@Timeout(180)
class ChoicesTest {
  private static final long AMPLE = 64L << 20;
  private static final SamplingParams WARM = new SamplingParams(1, 1, 0, 0, OptionalLong.of(7));

  private static LanguageModel model;

  @BeforeAll
  static void load() throws Exception {
    model =
        LanguageModel.load(
            ModelSettings.of(TinyMistral.file().toString()).withThreads(1), LoadListener.NONE);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static CompletionRequest story() {
    return CompletionRequest.ofUser("r", "c", "Tell me a story about a pink owl called Ben.")
        .but()
        .sampling(WARM)
        .maxTokens(24)
        .build();
  }

  private static CompletionRequest text(String prompt) {
    return story().but().prompt(new Prompt.Text(prompt)).build();
  }

  /** Beside the story: what draws, ends and holds answers, and prompts of many lengths. */
  static Stream<CompletionRequest> requests() {
    CompletionRequest story = story();
    return Stream.of(
        story,
        story
            .but()
            .sampling(
                new SamplingParams(1.3, 0.95, 50, 0.01, OptionalLong.empty())
                    .withPenalties(new Penalties(0.5, 0.25, 1.2, 20)))
            .options(AnswerOptions.DEFAULT.withTopLogprobs(3))
            .build(),
        story.but().stop(StopConditions.DEFAULT.withMaxTokens(60).withTexts(List.of("an"))).build(),
        story.but().constraint(new OutputConstraint.Regex("[a-z]{3,9}( [a-z]{2,7}){2}")).build(),
        text("a"),
        text("The owl said to the other owl that it was late."),
        text("dog ".repeat(260)).but().maxTokens(90).build());
  }

  private static CompletionRequest asked(CompletionRequest request, int choices) {
    return request.but().options(request.options().withChoices(choices)).build();
  }

  @ParameterizedTest
  @MethodSource("requests")
  void anAnswerDependsOnTheRequestAndItsPlaceAlone(CompletionRequest request) {
    List<Completion> alone = new ArrayList<>();
    try (StatelessClient client = client(new BatchLimits(1, 5), AMPLE)) {
      for (int choices : new int[] {1, 2, 7}) {
        alone.add(complete(client, asked(request, choices)));
      }
    }
    Completion most = alone.getLast();
    assertThat(most.answers()).hasSize(7);
    for (Completion fewer : alone) {
      assertThat(fewer.answers()).isEqualTo(most.answers().subList(0, fewer.answers().size()));
      assertThat(fewer.historyTokens()).isEqualTo(most.historyTokens());
      assertThat(fewer.usage().promptTokens()).isEqualTo(most.usage().promptTokens());
    }
    assertThat(most.answers().stream().map(Answer::text).distinct().count())
        .as("answers that differ")
        .isGreaterThan(1);
    try (StatelessClient client = client(new BatchLimits(9, 64), AMPLE)) {
      CompletableFuture<Completion> beside = client.complete(asked(story(), 4), piece -> {});
      CompletableFuture<Completion> again = client.complete(asked(request, 7), piece -> {});
      assertThat(again.join().answers()).isEqualTo(most.answers());
      assertThat(again.join().usage()).isEqualTo(most.usage());
      beside.join();
    }
    assertThat(model.cacheBytes()).isZero();
  }

  @Test
  void anotherSeedGivesOtherAnswers() {
    try (StatelessClient client = client(new BatchLimits(8, 64), AMPLE)) {
      List<Answer> seven = complete(client, asked(seeded(7), 16)).answers();
      List<Answer> eight = complete(client, asked(seeded(8), 16)).answers();
      assertThat(seven).doesNotHaveDuplicates().doesNotContainAnyElementsOf(eight);
    }
  }

  /** So warm that no two answers should be the same. */
  private static CompletionRequest seeded(long seed) {
    SamplingParams hot = new SamplingParams(9, 1, 0, 0, OptionalLong.of(seed));
    return story().but().sampling(hot).build();
  }

  @Test
  void piecesSayWhoseTheyAreAndMakeUpTheirAnswer() {
    CompletionRequest request =
        asked(story(), 3)
            .but()
            .options(AnswerOptions.DEFAULT.withTopLogprobs(0).withChoices(3))
            .build();
    List<Piece> pieces = new ArrayList<>();
    Completion completion;
    try (StatelessClient client = client(new BatchLimits(8, 64), AMPLE)) {
      completion = client.complete(request, pieces::add).join();
    }
    int tokens = 0;
    for (int choice = 0; choice < 3; choice++) {
      int of = choice;
      List<Piece> its = pieces.stream().filter(piece -> piece.choice() == of).toList();
      Answer answer = completion.answers().get(choice);
      assertThat(its.stream().map(Piece::text).collect(Collectors.joining()))
          .isEqualTo(answer.text());
      assertThat(its.stream().map(Piece::logprobs).flatMap(List::stream).toList())
          .isEqualTo(answer.logprobs().orElseThrow());
      assertThat(its).isSortedAccordingTo((a, b) -> Integer.compare(a.index(), b.index()));
      tokens += its.getLast().index();
    }
    assertThat(completion.usage().completionTokens()).isEqualTo(tokens);
  }

  /** One token a pass, so that passes count tokens. */
  @Test
  void thePromptIsTakenInOnce() {
    String prompt = "dog ".repeat(100);
    CompletionRequest request = text(prompt).but().maxTokens(1).build();
    try (StatelessClient client = client(new BatchLimits(16, 1), AMPLE)) {
      long before = model.engine().passes();
      int tokens = complete(client, asked(request, 16)).usage().promptTokens();
      // The answers begin one after the other, perhaps in passes of their own.
      assertThat(model.engine().passes() - before).isBetween((long) tokens, tokens + 15L);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 250, 700})
  void pagesAreThoseThatWereReserved(int promptTokens) {
    CompletionRequest request =
        asked(text("dog ".repeat(promptTokens)).but().maxTokens(100).build(), 5);
    int tokens = model.encodeTurn(true, request).length;
    long bytes =
        (long) model.mostPages(request, tokens, tokens + 100, 32) * model.kvLayout().pageBytes();
    try (StatelessClient client = client(new BatchLimits(8, 32), bytes)) {
      List<Long> used = new ArrayList<>();
      client.complete(request, piece -> used.add(model.cacheBytes())).join();
      assertThat(used).allMatch(now -> now <= bytes);
    }
  }

  @Test
  void whoIsCancelledLeavesNothing() {
    try (StatelessClient client = client(new BatchLimits(2, 4), AMPLE)) {
      for (int pieces : new int[] {0, 1, 5}) {
        CompletableFuture<CompletableFuture<Completion>> self = new CompletableFuture<>();
        List<Piece> come = new ArrayList<>();
        self.complete(
            client.complete(
                asked(story(), 5),
                piece -> {
                  come.add(piece);
                  if (come.size() == pieces) {
                    self.join().cancel(false);
                  }
                }));
        if (pieces == 0) {
          self.join().cancel(false);
        }
        complete(client, asked(story(), 3));
      }
    }
    assertThat(model.cacheBytes()).isZero();
  }

  /** By what scoring says of the same tokens. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "The owl said to the other owl that it was late.", "dog 300"})
  void aPromptIsToldOfAsItIsScored(String words) {
    String prompt = words.equals("dog 300") ? "dog ".repeat(300) : words;
    CompletionRequest plain = text(prompt);
    CompletionRequest request =
        plain.but().options(AnswerOptions.DEFAULT.withPromptLogprobs(4).withChoices(2)).build();
    try (StatelessClient client = client(new BatchLimits(4, 33), AMPLE)) {
      Completion completion = complete(client, request);
      assertThat(completion.answers()).isEqualTo(complete(client, asked(plain, 2)).answers());
      int[] tokens = model.encodeTurn(true, plain);
      List<List<RankedToken>> places = completion.promptLogprobs().orElseThrow().places();
      assertThat(places).hasSize(tokens.length);
      assertThat(places.getFirst()).as("before the first one is nothing").isEmpty();
      int[] rest = Arrays.copyOfRange(tokens, 1, tokens.length);
      double[] scores = client.score(new int[] {tokens[0]}, List.of(rest)).join().getFirst();
      for (int i = 0; i < rest.length; i++) {
        List<RankedToken> place = places.get(i + 1);
        RankedToken own = place.getFirst();
        assertThat(own.id()).isEqualTo(rest[i]);
        assertThat((double) own.logprob()).isCloseTo(scores[i], within(1e-6));
        assertThat(place).hasSize(own.rank() <= 4 ? 4 : 5);
        assertThat(IntStream.range(1, place.size()).map(k -> place.get(k).rank()).boxed().toList())
            .isEqualTo(
                IntStream.rangeClosed(1, 4).filter(rank -> rank != own.rank()).boxed().toList());
        for (RankedToken other : place) {
          assertThat(other.rank() < own.rank() ? other.logprob() >= own.logprob() : true).isTrue();
          assertThat(other.rank() > own.rank() ? other.logprob() <= own.logprob() : true).isTrue();
        }
      }
    }
    assertThat(model.cacheBytes()).isZero();
  }

  @Test
  void aPromptIsToldOfWithinALimit() {
    CompletionRequest request =
        text("dog ".repeat(2000))
            .but()
            .options(AnswerOptions.DEFAULT.withPromptLogprobs(20).withChoices(4))
            .build();
    assertThatThrownBy(() -> model.encodeTurn(true, request))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("20 others in the place of each, are more than 32768")
        .hasFieldOrPropertyWithValue("parameter", "prompt_logprobs");
  }

  private static Completion complete(StatelessClient client, CompletionRequest request) {
    return client.complete(request, piece -> {}).join();
  }

  private static StatelessClient client(BatchLimits batch, long bytes) {
    return model.stateless(new StatelessSettings(batch, bytes, 64, 4096));
  }
}
