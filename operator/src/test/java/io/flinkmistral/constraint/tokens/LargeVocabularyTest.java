package io.flinkmistral.constraint.tokens;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.machine.GrammarWalk;
import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.tekken.LargeTekken;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Masks of as many tokens as Mistral's Tekken has. */
@Timeout(120)
class LargeVocabularyTest {
  private static final Tokenizer TOKENIZER = LargeTekken.vocabulary().tokenizer();
  private static final int EOS = TOKENIZER.vocabulary().eosId();
  private static final AnswerVocabulary VOCABULARY =
      new AnswerVocabulary(TOKENIZER, LargeTekken.SIZE, EOS, Set.of(EOS));

  private static GrammarMachine json() {
    return GrammarMachine.compile(JsonTree.grammar(new Reference("object")), "grammar");
  }

  @Test
  void allowedIsWhatTheMachineSaysOfEachTokensBytes() {
    GrammarMachine machine = json();
    for (String text : List.of("", "{\"", "{\"\u4e00", "{\"a\":[-1", "{\"a\":t", "{}")) {
      MachineState state = machine.start().after(text.getBytes(UTF_8));
      TokenMask allowed = VOCABULARY.mask(state, text.isEmpty());
      int[] follow =
          IntStream.range(0, LargeTekken.SIZE)
              .filter(
                  id ->
                      id == EOS
                          ? state.canEnd()
                          : VOCABULARY
                              .bytes(id, text.isEmpty())
                              .map(bytes -> !state.after(bytes).isDead())
                              .orElse(false))
              .toArray();
      assertThat(IntStream.range(0, LargeTekken.SIZE).filter(allowed::allows).toArray())
          .as("after %s", text)
          .isEqualTo(follow);
      assertThat(allowed.bytes()).isLessThanOrEqualTo(LargeTekken.SIZE / 8 + 100);
    }
  }

  /** The work is that of different steps, and not of each token. */
  @Test
  void whatCanFollowTakesLittleWorkInAStringOfAnyCharacters() {
    MachineState state = json().start().after("{\"a".getBytes(UTF_8));
    GrammarWalk walk = GrammarWalk.over(state);
    for (int id = 0; id < LargeTekken.SIZE; id++) {
      GrammarWalk.Stop stop = walk.start();
      for (byte value : VOCABULARY.bytes(id, false).orElse(new byte[0])) {
        stop = stop.after(value & 0xFF);
      }
    }
    assertThat(walk.work()).isLessThan(10_000);
  }

  @Test
  void whatIsRememberedIsBounded() {
    TokenGrammar grammar = new TokenGrammar(json(), VOCABULARY);
    Random random = new Random(3);
    for (int answer = 0; answer < 20; answer++) {
      ConstrainedText text = grammar.newText();
      for (int i = 0; i < 60 && text.mask().count() > 0; i++) {
        TokenMask allowed = text.mask();
        int token =
            text.forced()
                .orElseGet(
                    () ->
                        random
                            .ints(0, LargeTekken.SIZE)
                            .filter(allowed::allows)
                            .findFirst()
                            .getAsInt());
        if (token == EOS) {
          break;
        }
        text.accept(token);
      }
    }
    assertThat(grammar.bytes()).isLessThan(16L << 20);
  }
}
