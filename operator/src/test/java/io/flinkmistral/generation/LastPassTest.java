package io.flinkmistral.generation;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.regex.RegularExpressions;
import io.flinkmistral.constraint.tokens.AnswerVocabulary;
import io.flinkmistral.constraint.tokens.HeldText;
import io.flinkmistral.constraint.tokens.TokenGrammar;
import io.flinkmistral.constraint.tokens.TokenMask;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against passes that are gone through from the beginning, as they were when they were run. */
@Timeout(60)
class LastPassTest {
  private static final Tokenizer TOKENIZER = Tokenizers.V1;
  private static final int SIZE = TOKENIZER.vocabulary().size();
  private static final int EOS = TOKENIZER.vocabulary().eosId();
  private static final AnswerVocabulary VOCABULARY =
      new AnswerVocabulary(TOKENIZER, SIZE, EOS, Set.of(EOS));
  private static final int MOST = 8;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[a-z]{1,40}",
        "([ab]c){1,30}",
        "[xy](the quick brown fox jumps over the lazy dog, again and again and again)?[ab]{3}",
        "the quick brown fox jumps over the lazy dog, again and again, and what then",
        "(one|two|three|four){1,12}"
      })
  void itBeginsWhereThePassesSayThatItDoes(String pattern) {
    TokenGrammar grammar =
        new TokenGrammar(
            GrammarMachine.compile(RegularExpressions.grammar(pattern, "regex"), "regex"),
            VOCABULARY);
    Random random = new Random(11);
    for (int round = 0; round < 20; round++) {
      int[] answer = answer(grammar, random);
      for (int length = 1; length <= answer.length; length++) {
        int[] soFar = Arrays.copyOf(answer, length);
        assertThat(LastPass.begin(grammar.newText(), soFar, MOST))
            .as("of %d tokens %s", length, Arrays.toString(soFar))
            .isEqualTo(lastPass(grammar.newText(), soFar));
      }
    }
  }

  private static int[] answer(TokenGrammar grammar, Random random) {
    HeldText text = grammar.newText();
    IntStream.Builder tokens = IntStream.builder();
    int last = -1;
    while (last != EOS) {
      TokenMask allowed = text.allowed().orElseThrow();
      int[] all = IntStream.range(0, SIZE).filter(allowed::allows).toArray();
      last = text.forced().orElseGet(() -> all[random.nextInt(all.length)]);
      tokens.add(last);
      text.accept(last);
    }
    return tokens.build().toArray();
  }

  private static int lastPass(HeldText text, int[] answer) {
    int begin = 0;
    for (int i = 0; i < answer.length; i++) {
      if (i == 0 || text.forced().isEmpty() || i - begin == MOST) {
        begin = i;
      }
      text.accept(answer[i]);
    }
    return begin;
  }
}
