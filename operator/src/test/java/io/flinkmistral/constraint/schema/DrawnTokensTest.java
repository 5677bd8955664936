package io.flinkmistral.constraint.schema;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.tokens.AnswerVocabulary;
import io.flinkmistral.constraint.tokens.ConstrainedText;
import io.flinkmistral.constraint.tokens.TokenGrammar;
import io.flinkmistral.constraint.tokens.TokenMask;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import io.flinkmistral.tokenizer.tekken.SmallTekken;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Answers of schemas, token by token, by a model that draws at random: a validator by another
 * author takes each that ends. {@code -Dconstraint.schemas=2000} draws more.
 */
@Timeout(600)
final class DrawnTokensTest {
  private static final int SCHEMAS = Integer.getInteger("constraint.schemas", 60);
  private static final int ANSWERS = 3;
  private static final int MOST_TOKENS = 400;

  static Stream<Tokenizer> tokenizers() {
    return Stream.of(Tokenizers.V3, SmallTekken.VOCABULARY.tokenizer());
  }

  @ParameterizedTest
  @MethodSource("tokenizers")
  void whatEndsIsValid(Tokenizer tokenizer) {
    int eos = tokenizer.vocabulary().eosId();
    AnswerVocabulary vocabulary =
        new AnswerVocabulary(tokenizer, tokenizer.vocabulary().size(), eos, Set.of(eos));
    RandomSchemas schemas = new RandomSchemas(21);
    int[] closing =
        Stream.of("\"", "}", "]", ",").mapToInt(text -> tokenizer.encodeInside(text)[0]).toArray();
    int ended = 0;
    for (int i = 0; i < SCHEMAS; i++) {
      String schema = schemas.next(3);
      GrammarMachine machine;
      try {
        machine = GrammarMachine.compile(JsonSchemas.grammar(schema, "schema"), "schema");
      } catch (InvalidRequestException contradiction) {
        continue;
      }
      TokenGrammar grammar = new TokenGrammar(machine, vocabulary);
      OtherValidator validator = new OtherValidator(schema);
      for (int answer = 0; answer < ANSWERS; answer++) {
        Drawer drawer =
            new Drawer(new Random(i * 100 + answer), closing, eos, vocabularySize(tokenizer));
        IdBuffer ids = new IdBuffer(16);
        if (drawer.draw(grammar.newText(), ids)) {
          String text = tokenizer.decode(ids.toArray());
          assertThat(validator.errors(OtherValidator.LENIENT.readTree(text)))
              .as("%s of %s", text, schema)
              .isEmpty();
          ended++;
        }
      }
    }
    assertThat(ended).isGreaterThan(SCHEMAS);
  }

  private static int vocabularySize(Tokenizer tokenizer) {
    return tokenizer.vocabulary().size();
  }

  /** Draws any token that is allowed, and often one that leads to an end. */
  private record Drawer(Random random, int[] closing, int eos, int size) {
    /** Whether the text has ended. */
    boolean draw(ConstrainedText text, IdBuffer ids) {
      for (int i = 0; i < MOST_TOKENS; i++) {
        int id = text.forced().orElseGet(() -> any(text.mask()));
        assertThat(text.mask().allows(id)).isTrue();
        if (id == eos) {
          return true;
        }
        text.accept(id);
        ids.add(id);
      }
      return false;
    }

    private int any(TokenMask allowed) {
      if (random.nextInt(3) > 0) {
        List<Integer> ends =
            IntStream.concat(IntStream.of(eos), IntStream.of(closing))
                .filter(allowed::allows)
                .boxed()
                .toList();
        if (!ends.isEmpty()) {
          return ends.get(random.nextInt(ends.size()));
        }
      }
      for (int tries = 0; tries < 20; tries++) {
        int id = random.nextInt(size);
        if (allowed.allows(id)) {
          return id;
        }
      }
      int[] ids = IntStream.range(0, size).filter(allowed::allows).toArray();
      return ids[random.nextInt(ids.length)];
    }
  }
}
