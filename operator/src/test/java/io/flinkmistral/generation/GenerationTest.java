package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.generation.text.Piece;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.FinishReason;
import io.flinkmistral.protocol.SamplingParams;
import io.flinkmistral.protocol.StopConditions;
import io.flinkmistral.protocol.Usage;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers whose tokens are letters, and whose model is the test. */
class GenerationTest {
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);
  private static final int EOS = 2;
  private static final int EOT = 3;

  private final KvPagePool pool = new KvPagePool(LAYOUT);
  private final KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);

  @AfterEach
  void free() {
    pool.close();
  }

  @Test
  void aPromptIsTakenInBitByBitAndTheAnswerTokenByToken() {
    Generation generation = of(new int[] {10, 11, 12, 13, 14}, "", 9, 99);
    assertThat(generation.pendingTokens()).isEqualTo(5);
    SequenceInput first = generation.nextInput(3);
    assertThat(first.tokens()).containsExactly(10, 11, 12);
    assertThat(first.logits()).isEqualTo(SequenceInput.Wanted.NONE);
    takeIn(3);
    assertThat(generation.pendingTokens()).isEqualTo(2);
    SequenceInput second = generation.nextInput(100);
    assertThat(second.tokens()).containsExactly(13, 14);
    assertThat(second.logits()).isEqualTo(SequenceInput.Wanted.LAST);
    takeIn(2);
    Drawn drawn = draw(generation, 'a');
    assertThat(drawn.token()).isEqualTo('a');
    assertThat(drawn.piece()).contains(new Piece(0, 1, "a", List.of()));
    assertThat(drawn.completion()).isEmpty();
    assertThat(generation.hasEnded()).isFalse();
    assertThat(generation.pendingTokens()).isEqualTo(1);
    assertThat(generation.nextInput(100).tokens()).containsExactly('a');
    takeIn(1);
    assertThat(draw(generation, 'b').piece()).contains(new Piece(0, 2, "b", List.of()));
  }

  @Test
  void anAnswerEndsWithExactlyAsManyTokensAsAreAllowed() {
    Generation generation = of(new int[] {10}, "", 3, 99);
    assertThat(draw(generation, 'a').completion()).isEmpty();
    assertThat(draw(generation, 'b').completion()).isEmpty();
    Completion completion = draw(generation, 'c').completion().orElseThrow();
    assertThat(completion.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(completion.text()).isEqualTo("abc");
    assertThat(completion.usage()).isEqualTo(new Usage(1, 0, 3));
    assertThat(completion.historyTokens()).containsExactly('a', 'b', 'c', EOS);
    assertThat(generation.hasEnded()).isTrue();
  }

  @Test
  void andWithTheLastPositionOfTheContext() {
    Generation generation = of(new int[] {10, 11}, "", 9, 4);
    assertThat(draw(generation, 'a').completion()).isEmpty();
    assertThat(draw(generation, 'b').completion())
        .hasValueSatisfying(one -> assertThat(one.finishReason()).isEqualTo(FinishReason.LENGTH));
  }

  @Test
  void theModelsEndIsNoTextAndFollowsOnce() {
    Generation byEos = of(new int[] {10}, "", 9, 99);
    draw(byEos, 'a');
    Drawn last = draw(byEos, EOS);
    assertThat(last.piece()).as("the end is told").contains(new Piece(0, 2, "", List.of()));
    Completion completion = last.completion().orElseThrow();
    assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(completion.text()).isEqualTo("a");
    assertThat(completion.historyTokens()).containsExactly('a', EOS);
    Generation byOther = of(new int[] {10}, "", 9, 99);
    assertThat(draw(byOther, EOT).completion().orElseThrow().historyTokens())
        .containsExactly(EOT, EOS);
  }

  @Test
  void aStopTextEndsItBeforeTheText() {
    Generation generation = of(new int[] {10}, "", 9, 99, "bc");
    assertThat(draw(generation, 'a').piece()).contains(new Piece(0, 1, "a", List.of()));
    assertThat(draw(generation, 'b').piece()).as("it may be the beginning of one").isEmpty();
    Completion completion = draw(generation, 'c').completion().orElseThrow();
    assertThat(completion.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(completion.text()).isEqualTo("a");
    assertThat(completion.historyTokens()).containsExactly('a', 'b', 'c', EOS);
  }

  @Test
  void anAnswerGoesOnAfterARestoreWhereverItsCacheEnds() {
    List<Drawn> whole = new ArrayList<>();
    Generation undisturbed = of(new int[] {10, 11}, "", 30, 99);
    for (int i = 0; i < 25; i++) {
      whole.add(draw(undisturbed, 'a' + i));
    }
    // The prompt is held as far as the 16th position at most; the tokens after it are fed again.
    for (int held : new int[] {0, 1, 2, 3, 16}) {
      try (KvCache some = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0)) {
        some.reserve(Math.max(1, held));
        some.advance(held);
        Generation resumed = of(some, new int[] {10, 11}, "abcdefghijklmnopqrst", 30, 99);
        assertThat(resumed.pendingTokens()).isEqualTo(22 - held);
        int[] fed = resumed.nextInput(100).tokens();
        assertThat(fed).hasSize(22 - held).endsWith('s', 't');
        assertThat(fed[0]).isEqualTo(held < 2 ? 10 + held : 'a' + held - 2);
        for (int i = 20; i < 25; i++) {
          assertThat(draw(resumed, 'a' + i)).isEqualTo(whole.get(i));
        }
        assertThat(draw(resumed, EOS).completion().orElseThrow().historyTokens())
            .hasSize(26)
            .startsWith('a', 'b')
            .endsWith('y', EOS);
      }
    }
  }

  @Test
  void itsIdsSeedWhatIsDrawn() {
    assertThat(drawnOf("r")).isEqualTo(drawnOf("r"));
    assertThat(drawnOf("r")).isNotEqualTo(drawnOf("s"));
  }

  /** Ten tokens where all are equally likely. */
  private List<Integer> drawnOf(String requestId) {
    SamplingParams sampled = new SamplingParams(1, 1, 0, 0, OptionalLong.empty());
    Generation generation =
        new Generation(
            CompletionRequest.ofUser(requestId, "c", "x").but().sampling(sampled).build(),
            new int[] {10},
            AnswerSoFar.nothing(0),
            0,
            cache,
            Letters.VOCABULARY.tokenizer(),
            new AnswerTokens(127, Set.of(127), OptionalInt.empty()),
            Optional.empty(),
            new Generation.Limits(99, 99));
    Logits even = new Logits(new float[120], 1, 120);
    return IntStream.range(0, 10)
        .map(i -> generation.accept(even, 0, 1).getFirst().token())
        .boxed()
        .toList();
  }

  private Generation of(
      int[] prompt, String generated, int maxTokens, int context, String... stop) {
    return of(cache, prompt, generated, maxTokens, context, stop);
  }

  private static Generation of(
      KvCache cache, int[] prompt, String generated, int maxTokens, int context, String... stop) {
    StopConditions conditions =
        new StopConditions(OptionalInt.empty(), 0, List.of(stop), List.of(), false);
    return new Generation(
        CompletionRequest.ofUser("r", "c", "x").but().stop(conditions).build(),
        prompt,
        new AnswerSoFar(0, generated.chars().toArray(), List.of()),
        0,
        cache,
        Letters.VOCABULARY.tokenizer(),
        AnswerTokens.of(EOS, Set.of(EOT), OptionalInt.empty()),
        Optional.empty(),
        new Generation.Limits(maxTokens, context));
  }

  /** The model has taken in so many tokens. */
  private void takeIn(int tokens) {
    cache.reserve(tokens);
    cache.advance(tokens);
  }

  /** The model is sure of the next token. */
  private static Drawn draw(Generation generation, int token) {
    float[] logits = new float[128];
    logits[token] = 1e6f;
    return generation.accept(new Logits(logits, 1, 128), 0, 1).getFirst();
  }
}
