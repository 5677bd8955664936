package io.flinkmistral.constraint.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.regex.RegularExpressions;
import io.flinkmistral.generation.Generation;
import io.flinkmistral.generation.text.AnswerSoFar;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.model.pass.HiddenStates;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Answers that were written before are read again by a thread that has other things to do. */
class ReadAgainTest {
  private static final Tokenizer TOKENIZER = Tokenizers.V1;
  private static final int SIZE = TOKENIZER.vocabulary().size();
  private static final int EOS = TOKENIZER.vocabulary().eosId();
  private static final KvLayout LAYOUT = new KvLayout(1, 1, 1, 16, KvType.F16);

  /** Every other letter is certain, but not which token writes it. */
  private static TokenGrammar grammar() {
    return new TokenGrammar(
        GrammarMachine.compile(RegularExpressions.grammar("([ab]c){1,40}", "regex"), "regex"),
        new AnswerVocabulary(TOKENIZER, SIZE, EOS, Set.of(EOS)));
  }

  @Test
  void aWholeAnswerAsksForMasksInAPassAndNotBefore() {
    int[] answer = answer();
    TokenGrammar grammar = grammar();
    try (KvPagePool pool = new KvPagePool(LAYOUT)) {
      KvCache cache = new KvCache(LAYOUT, OptionalInt.empty(), pool, 0);
      int[] prompt = {1, 300, 301};
      Generation generation =
          new Generation(
              CompletionRequest.ofUser("r", "c", "Hi")
                  .but()
                  .options(AnswerOptions.DEFAULT.withChoices(2))
                  .build(),
              prompt,
              new AnswerSoFar(0, answer, List.of()),
              0,
              cache,
              TOKENIZER,
              AnswerTokens.of(EOS, Set.of(), OptionalInt.empty()),
              Optional.of(grammar.newText()),
              new Generation.Limits(1000, 1000));
      assertThat(generation.pendingTokens()).isGreaterThanOrEqualTo(prompt.length);
      assertThat(generation.hasEnded()).isFalse();
      assertThat(grammar.masks()).as("masks that were asked for").isZero();
      generation.accept((HiddenStates) null, 0, 0);
      assertThat(grammar.masks()).isPositive();
      // EOS had to follow the last letter or was drawn: what is before was taken in.
      assertThat(generation.pendingTokens())
          .isBetween(prompt.length + answer.length - 32, prompt.length + answer.length - 1);
      cache.close();
    }
  }

  private static int[] answer() {
    HeldText text = grammar().newText();
    IntStream.Builder tokens = IntStream.builder();
    int last = -1;
    while (last != EOS) {
      TokenMask allowed = text.allowed().orElseThrow();
      int first =
          IntStream.range(0, SIZE)
              .filter(allowed::allows)
              .filter(t -> t != EOS)
              .findFirst()
              .orElse(EOS);
      last = text.forced().orElse(first);
      tokens.add(last);
      text.accept(last);
    }
    return tokens.build().toArray();
  }
}
