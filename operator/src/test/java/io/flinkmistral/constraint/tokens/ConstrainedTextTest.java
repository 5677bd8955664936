package io.flinkmistral.constraint.tokens;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import io.flinkmistral.tokenizer.tekken.SmallTekken;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

@Timeout(120)
class ConstrainedTextTest {
  private static final Tokenizer TEKKEN = SmallTekken.VOCABULARY.tokenizer();
  private static final List<AnswerVocabulary> VOCABULARIES =
      Stream.of(Tokenizers.V1, Tokenizers.V3, TEKKEN).map(ConstrainedTextTest::vocabulary).toList();

  private static AnswerVocabulary vocabulary(Tokenizer tokenizer) {
    int eos = tokenizer.vocabulary().eosId();
    return new AnswerVocabulary(tokenizer, tokenizer.vocabulary().size(), eos, Set.of(eos));
  }

  static Stream<Tokenizer> tokenizers() {
    return Stream.of(Tokenizers.V1, Tokenizers.V3, TEKKEN);
  }

  static Stream<AnswerVocabulary> vocabularies() {
    return VOCABULARIES.stream();
  }

  private static GrammarMachine machine(Grammar grammar) {
    return GrammarMachine.compile(grammar, "grammar");
  }

  /** Whatever may follow in an answer: bytes of characters, spaces, pieces of any kind. */
  @ParameterizedTest
  @MethodSource("tokenizers")
  void aTokensBytesAreWhatTheDecoderMakesOfIt(Tokenizer tokenizer) {
    Random random = new Random(4);
    int size = tokenizer.vocabulary().size();
    for (int round = 0; round < 2_000; round++) {
      IdBuffer ids = new IdBuffer(16);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      for (int i = 0; i < 6; i++) {
        int id = random.nextInt(size);
        byte[] added = tokenizer.bytesOf(id, bytes.size() == 0 && i == 0).orElse(null);
        if (added != null && (i > 0 || added.length > 0)) {
          ids.add(id);
          bytes.writeBytes(added);
        } else {
          break;
        }
      }
      String text = bytes.toString(UTF_8);
      if (!text.contains("\uFFFD")) {
        assertThat(tokenizer.decode(ids.toArray())).isEqualTo(text);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("tokenizers")
  void theTokensOfATextAddItsBytes(Tokenizer tokenizer) {
    for (String text :
        List.of("{\"a\": [1, 2]}", " two  spaces", "\u00e9\u20ac\uD83D\uDE00", "7", "a\nb")) {
      int[] inside = tokenizer.encodeInside(text);
      assertThat(bytes(tokenizer, inside, false)).isEqualTo(text);
      assertThat(bytes(tokenizer, tokenizer.encode(text), true)).isEqualTo(text);
    }
  }

  private static String bytes(Tokenizer tokenizer, int[] ids, boolean atStart) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < ids.length; i++) {
      bytes.writeBytes(tokenizer.bytesOf(ids[i], atStart && i == 0).orElseThrow());
    }
    return bytes.toString(UTF_8);
  }

  /**
   * Token by token, and byte by byte, as tokens end in the middle of characters: allowed is after
   * what some text of the grammar can still be reached.
   */
  @ParameterizedTest
  @MethodSource("vocabularies")
  void allowedIsWhatATextOfTheGrammarCanGoOnWith(AnswerVocabulary vocabulary) {
    Tokenizer tokenizer = vocabulary.tokenizer();
    int[] ofTheAlphabet =
        IntStream.range(0, tokenizer.vocabulary().size())
            .filter(
                id -> tokenizer.bytesOf(id, false).filter(SmallOracle::isOfTheAlphabet).isPresent())
            .toArray();
    int compared = 0;
    for (SmallOracle oracle : SmallOracle.some()) {
      ConstrainedText text = new TokenGrammar(oracle.machine(), vocabulary).newText();
      Random random = new Random(1);
      String written = "";
      boolean atStart = true;
      while (written.length() < 6) {
        TokenMask allowed = text.mask();
        assertThat(allowed.allows(tokenizer.vocabulary().eosId()))
            .as("\"%s\" ends in %s", written, oracle)
            .isEqualTo(oracle.ends(written));
        for (int id : ofTheAlphabet) {
          String longer = written + SmallOracle.spelt(tokenizer.bytesOf(id, atStart).orElseThrow());
          Optional<Boolean> goesOn = oracle.goesOn(longer);
          if (goesOn.isPresent()) {
            assertThat(allowed.allows(id))
                .as("\"%s\" + %d in %s", written, id, oracle)
                .isEqualTo(goesOn.get());
            compared++;
          }
        }
        int[] next = IntStream.of(ofTheAlphabet).filter(allowed::allows).toArray();
        if (next.length == 0) {
          break;
        }
        int id = next[random.nextInt(next.length)];
        written += SmallOracle.spelt(tokenizer.bytesOf(id, atStart).orElseThrow());
        text.accept(id);
        atStart = false;
      }
    }
    assertThat(compared).isGreaterThan(1_000);
  }

  /** The tree of tokens says of each one what the machine says of its bytes. */
  @ParameterizedTest
  @MethodSource("vocabularies")
  void allowedIsWhatTheMachineSaysOfEachTokensBytes(AnswerVocabulary vocabulary) {
    GrammarMachine machine = machine(JsonTree.grammar(new Reference("object")));
    for (String text :
        List.of(
            "", "{", "{\"", "{\"k\\", "{\"\u00e9\":[-1", "{\"a\":{\"b\":\"", "{\"a\":t", "{}")) {
      MachineState state = machine.start().after(text.getBytes(UTF_8));
      boolean atStart = text.isEmpty();
      TokenMask allowed = vocabulary.mask(state, atStart);
      IntPredicate follows =
          id ->
              id == vocabulary.eosId()
                  ? state.canEnd()
                  : vocabulary
                      .bytes(id, atStart)
                      .map(bytes -> !state.after(bytes).isDead())
                      .orElse(false);
      int size = vocabulary.tokenizer().vocabulary().size();
      assertThat(IntStream.range(0, size).filter(allowed::allows).toArray())
          .as("after %s", text)
          .isEqualTo(IntStream.range(0, size).filter(follows).toArray());
      assertThat(allowed.count()).isEqualTo((int) IntStream.range(0, size).filter(follows).count());
    }
  }

  @ParameterizedTest
  @MethodSource("vocabularies")
  void othersThanAllowedAreImpossible(AnswerVocabulary vocabulary) {
    GrammarMachine machine = machine(JsonTree.grammar(new Reference("value")));
    int size = vocabulary.tokenizer().vocabulary().size();
    for (String text : List.of("[\"a", "[tr")) {
      TokenMask allowed = vocabulary.mask(machine.start().after(text.getBytes(UTF_8)), false);
      float[] logits = new float[size + 20];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = i;
      }
      allowed.apply(logits, 10);
      for (int i = 0; i < logits.length; i++) {
        boolean kept = i < 10 || i >= size + 10 || allowed.allows(i - 10);
        assertThat(logits[i]).isEqualTo(kept ? i : Float.NEGATIVE_INFINITY);
      }
    }
  }

  /** Whatever is drawn of what is allowed, the text is one of the grammar's. */
  @ParameterizedTest
  @MethodSource("vocabularies")
  void textsThatEndAreOfTheGrammar(AnswerVocabulary vocabulary) {
    Expression person =
        Sequence.of(
            new Literal("{\"name\":"),
            JsonTree.string(OptionalInt.of(20)),
            new Literal(",\"role\":"),
            Choice.of(
                new Literal("\"admin\""),
                new Literal("\"\u00e9l\u00e8ve\""),
                new Literal("\"user\"")),
            new Literal(",\"tags\":["),
            JsonTree.optional(
                Sequence.of(
                    new Reference("string5"),
                    new Expression.Repetition(
                        Sequence.of(new Literal(","), new Reference("string5")),
                        0,
                        OptionalInt.of(3)))),
            new Literal("]}"));
    Grammar json = JsonTree.grammar(person);
    Map<String, Expression> rules = new HashMap<>(json.rules());
    rules.put("string5", JsonTree.string(OptionalInt.of(5)));
    TokenGrammar constraint = new TokenGrammar(machine(new Grammar(rules, "root")), vocabulary);
    int forced = 0;
    int drawn = 0;
    for (int seed = 0; seed < 40; seed++) {
      Random random = new Random(seed);
      ConstrainedText text = constraint.newText();
      IdBuffer ids = new IdBuffer(16);
      while (true) {
        int id;
        if (text.forced().isPresent()) {
          id = text.forced().getAsInt();
          assertThat(text.mask().allows(id)).isTrue();
          forced++;
        } else {
          id = anyOf(text.mask(), vocabulary.tokenizer().vocabulary().size(), random);
          drawn++;
        }
        text.accept(id);
        if (id == vocabulary.eosId()) {
          break;
        }
        ids.add(id);
      }
      JsonNode value = JsonMapper.shared().readTree(vocabulary.tokenizer().decode(ids.toArray()));
      assertThat(value.propertyNames()).containsExactlyInAnyOrder("name", "role", "tags");
    }
    assertThat(forced).isGreaterThan(40 * 6);
    assertThat(drawn).isGreaterThan(40);
  }

  private static int anyOf(TokenMask allowed, int size, Random random) {
    int[] ids = IntStream.range(0, size).filter(allowed::allows).toArray();
    return ids[random.nextInt(ids.length)];
  }

  /** What is forced is how the tokenizer writes it, but for what may become another token. */
  @Test
  void forcedTokensAreThoseThatTheModelHasLearnt() {
    AnswerVocabulary vocabulary = VOCABULARIES.get(1);
    Grammar grammar =
        JsonTree.grammar(
            Sequence.of(
                new Literal("{\"temperature\":"),
                new Reference("number"),
                new Literal(",\"unit\":\"celsius\"}")));
    ConstrainedText text = new TokenGrammar(machine(grammar), vocabulary).newText();
    assertThat(takeForced(text, vocabulary)).isEqualTo("{\"temperature\":");
    for (int id : vocabulary.tokenizer().encodeInside("21")) {
      assertThat(text.mask().allows(id)).isTrue();
      text.accept(id);
    }
    text.accept(vocabulary.tokenizer().encodeInside(",")[0]);
    assertThat(takeForced(text, vocabulary)).isEqualTo("\"unit\":\"celsius\"}<end>");
  }

  private static String takeForced(ConstrainedText text, AnswerVocabulary vocabulary) {
    IdBuffer ids = new IdBuffer(16);
    while (text.forced().isPresent()) {
      int id = text.forced().getAsInt();
      if (id == vocabulary.eosId()) {
        return bytes(vocabulary.tokenizer(), ids.toArray(), false).trim() + "<end>";
      }
      ids.add(id);
      text.accept(id);
    }
    return bytes(vocabulary.tokenizer(), ids.toArray(), false).trim();
  }

  /** An answer that goes on after a restore in its middle is the same. */
  @ParameterizedTest
  @MethodSource("vocabularies")
  void whatComesNextFollowsFromTheTokensAlone(AnswerVocabulary vocabulary) {
    Grammar grammar =
        JsonTree.grammar(
            Sequence.of(
                new Literal("{\"a long key of many words\":"),
                new Reference("string"),
                new Literal(",\"another one\":[true,false,null]}")));
    TokenGrammar constraint = new TokenGrammar(machine(grammar), vocabulary);
    Random random = new Random(5);
    ConstrainedText text = constraint.newText();
    IdBuffer ids = new IdBuffer(16);
    for (int i = 0; i < 60; i++) {
      ConstrainedText again = constraint.newText();
      for (int id : ids.toArray()) {
        again.accept(id);
      }
      assertThat(again.forced()).isEqualTo(text.forced());
      int id =
          text.forced()
              .orElseGet(
                  () -> anyOf(text.mask(), vocabulary.tokenizer().vocabulary().size(), random));
      if (id == vocabulary.eosId()) {
        break;
      }
      text.accept(id);
      ids.add(id);
    }
  }

  /** Also where one token alone could come: that is looked for when it is asked for. */
  @ParameterizedTest
  @MethodSource("vocabularies")
  void whatWasWrittenIsReadAgainWithoutMasks(AnswerVocabulary vocabulary) {
    Grammar grammar =
        JsonTree.grammar(
            Sequence.of(new Literal("{\"one key\":"), new Reference("value"), new Literal("}")));
    TokenGrammar written = new TokenGrammar(machine(grammar), vocabulary);
    TokenGrammar read = new TokenGrammar(machine(grammar), vocabulary);
    Random random = new Random(9);
    for (int round = 0; round < 10; round++) {
      ConstrainedText text = written.newText();
      ConstrainedText again = read.newText();
      for (int i = 0; i < 40; i++) {
        int id =
            text.forced()
                .orElseGet(
                    () -> anyOf(text.mask(), vocabulary.tokenizer().vocabulary().size(), random));
        if (id == vocabulary.eosId()) {
          break;
        }
        text.accept(id);
        again.accept(id);
      }
      assertThat(read.masks()).isZero();
    }
    assertThat(written.masks()).isPositive();
  }

  /** What goes on with another text has its space, which a text by itself has not. */
  @Test
  void aTextThatGoesOnBeginsWithItsSpace() {
    AnswerVocabulary vocabulary = VOCABULARIES.get(1);
    Tokenizer tokenizer = vocabulary.tokenizer();
    int withSpace = tokenizer.encodeInside(" yes")[0];
    int without = tokenizer.encodeInside("yes")[0];
    TokenGrammar spaced = new TokenGrammar(machine(Grammar.of(new Literal(" yes"))), vocabulary);
    TokenGrammar plain = new TokenGrammar(machine(Grammar.of(new Literal("yes"))), vocabulary);
    assertThat(spaced.newContinuation().forced()).hasValue(withSpace);
    assertThat(plain.newContinuation().forced()).hasValue(without);
    assertThat(plain.newText().forced()).hasValue(withSpace);
    assertThat(plain.newText().mask().allows(without)).isTrue();
    assertThat(plain.newContinuation().mask().allows(withSpace)).isFalse();
  }

  /** Two hundred words that begin alike, over and over again, from the start or later. */
  @Test
  void aGrammarThatCanBeReadInTooManyWaysIsRefusedBeforeItTakesLong() {
    Expression letters = JsonTree.characters("abcdefghijklmnopqrstuvwxyz ");
    List<Expression> words =
        IntStream.range(0, 200)
            .<Expression>mapToObj(
                i ->
                    Sequence.of(
                        new Expression.Repetition(letters, 1 + i % 7, OptionalInt.of(1 + i % 7)),
                        new Expression.Repetition(letters, 0, OptionalInt.of(i + 2))))
            .toList();
    Expression many = new Expression.Repetition(new Choice(words), 1, OptionalInt.of(200));
    AnswerVocabulary vocabulary = VOCABULARIES.get(1);
    ConstrainedText atOnce = new TokenGrammar(machine(Grammar.of(many)), vocabulary).newText();
    assertThatThrownBy(atOnce::allowed)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("too many ways");
    Grammar grammar = Grammar.of(Sequence.of(new Literal("0123456789."), many));
    ConstrainedText later = new TokenGrammar(machine(grammar), vocabulary).newText();
    while (later.forced().isPresent()) {
      later.accept(later.forced().getAsInt());
    }
    assertThatThrownBy(later::allowed)
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("grammar can be read in too many ways");
  }

  @Test
  void aTokenThatIsNotAllowedLeadsIntoADeadEnd() {
    AnswerVocabulary vocabulary = VOCABULARIES.get(1);
    ConstrainedText text =
        new TokenGrammar(machine(Grammar.of(new Literal("yes"))), vocabulary).newText();
    text.accept(vocabulary.tokenizer().encode("no")[0]);
    assertThat(text.mask().count()).isZero();
    assertThat(text.forced()).isEmpty();
  }
}
