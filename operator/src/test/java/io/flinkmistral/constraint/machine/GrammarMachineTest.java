package io.flinkmistral.constraint.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.program.GrammarLimits;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
class GrammarMachineTest {
  private static final int LONGEST = 6;

  private static GrammarMachine machine(Expression root) {
    return GrammarMachine.compile(Grammar.of(root), "grammar");
  }

  private static GrammarMachine machine(Map<String, Expression> rules) {
    return GrammarMachine.compile(new Grammar(rules, "root"), "grammar");
  }

  private static Expression times(Expression what, int least, int most) {
    return new Repetition(what, least, OptionalInt.of(most));
  }

  private static Expression any(Expression what) {
    return new Repetition(what, 0, OptionalInt.empty());
  }

  private static Expression characters(String of) {
    return new Expression.Character(CodePoints.in(of));
  }

  private static MachineState after(GrammarMachine machine, String text) {
    return machine.start().after(text.getBytes(UTF_8));
  }

  private static boolean allows(GrammarMachine machine, String text) {
    return after(machine, text).canEnd();
  }

  static Stream<Integer> seeds() {
    return IntStream.range(0, 400).boxed();
  }

  /** Of every text of few characters, both what can end there and what can go on. */
  @ParameterizedTest
  @MethodSource("seeds")
  void saysOfEveryShortTextWhatTheGrammarSays(int seed) {
    Grammar grammar = RandomGrammars.of(new Random(seed));
    Set<String> texts = ShortTexts.of(grammar, RandomGrammars.ALPHABET, LONGEST);
    GrammarMachine machine;
    try {
      machine = GrammarMachine.compile(grammar, "grammar");
    } catch (InvalidRequestException refused) {
      assertThat(refused).hasMessageMatching("(?s).*(left recursion|allows no text).*");
      if (refused.getMessage().contains("allows no text")) {
        assertThat(texts).isEmpty();
      }
      return;
    }
    Set<String> beginnings =
        texts.stream()
            .flatMap(
                text -> IntStream.rangeClosed(0, text.length()).mapToObj(i -> text.substring(0, i)))
            .collect(Collectors.toSet());
    for (String text : shortTexts(LONGEST - 1)) {
      MachineState state = after(machine, text);
      assertThat(state.canEnd())
          .as("\"%s\" is a text of %s", text, grammar)
          .isEqualTo(texts.contains(text));
      if (beginnings.contains(text)) {
        assertThat(state.isDead()).as("\"%s\" goes on in %s", text, grammar).isFalse();
      } else if (!state.isDead()) {
        String end = shortestEnd(state);
        assertThat(text.length() + end.length())
            .as("\"%s\" + \"%s\" in %s", text, end, grammar)
            .isGreaterThan(LONGEST);
      }
    }
  }

  private static List<String> shortTexts(int longest) {
    List<String> texts = new ArrayList<>(List.of(""));
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i);
      if (text.length() < longest) {
        RandomGrammars.ALPHABET.forEach(one -> texts.add(text + one));
      }
    }
    return texts;
  }

  /** Of a state that is not dead; there must be one. */
  private static String shortestEnd(MachineState state) {
    Deque<MachineState> open = new ArrayDeque<>(List.of(state));
    Map<MachineState, String> ways = new HashMap<>(Map.of(state, ""));
    while (!open.isEmpty()) {
      MachineState next = open.poll();
      if (next.canEnd()) {
        return ways.get(next);
      }
      for (String one : RandomGrammars.ALPHABET) {
        MachineState after = next.after(one.getBytes(UTF_8));
        if (!after.isDead() && ways.putIfAbsent(after, ways.get(next) + one) == null) {
          open.add(after);
        }
      }
    }
    throw new AssertionError("a dead end");
  }

  /** What is known of a state by its general form holds for all that may follow for a while. */
  @ParameterizedTest
  @MethodSource("seeds")
  void aGeneralStateGoesOnAsTheStateDoes(int seed) {
    Random random = new Random(seed);
    Expression part = random.nextBoolean() ? characters("ab") : new Literal("ab");
    Expression loop =
        new Repetition(
            part,
            random.nextInt(2) * 300,
            random.nextInt(3) == 0
                ? OptionalInt.empty()
                : OptionalInt.of(300 + random.nextInt(1000)));
    GrammarMachine machine =
        machine(
            Sequence.of(
                loop, new Literal("."), times(Sequence.of(loop, new Literal(".")), 0, 600)));
    MachineState state = machine.start();
    for (int i = 0; i < 1500 && !state.canOnlyEnd(); i++) {
      MachineState general = state.general();
      MachineState other = state;
      for (int j = 0; j < 12; j++) {
        assertThat(general.canEnd()).isEqualTo(other.canEnd());
        assertThat(general.isDead()).isEqualTo(other.isDead());
        int value = "ab.".charAt(random.nextInt(3));
        general = general.after(value);
        other = other.after(value);
      }
      state = anyNext(state, random);
    }
  }

  private static MachineState anyNext(MachineState state, Random random) {
    while (true) {
      MachineState next = state.after("aaabbb.".charAt(random.nextInt(7)));
      if (!next.isDead()) {
        return next;
      }
    }
  }

  @Test
  void aCountIsOneStateWhileItIsFarFromItsBounds() {
    GrammarMachine machine =
        machine(
            Sequence.of(new Literal("\""), times(characters("abc"), 0, 10_000), new Literal("\"")));
    Set<MachineState> general = new HashSet<>();
    MachineState state = after(machine, "\"");
    for (int i = 0; i < 9_000; i++) {
      state = state.after('b');
      general.add(state.general());
    }
    assertThat(general).hasSize(1);
    assertThat(allows(machine, "\"" + "a".repeat(10_000) + "\"")).isTrue();
    assertThat(after(machine, "\"" + "a".repeat(10_001)).isDead()).isTrue();
  }

  @Test
  void aCallBeforeALoopIsNoTurnOfIt() {
    Expression more = times(Sequence.of(new Literal(","), new Reference("item")), 2, 3);
    GrammarMachine machine =
        machine(
            Map.of(
                "root",
                Sequence.of(new Reference("item"), more, new Literal(".")),
                "item",
                new Literal("1")));
    assertThat(allows(machine, "1,1.")).isFalse();
    assertThat(allows(machine, "1,1,1.")).isTrue();
    assertThat(allows(machine, "1,1,1,1.")).isTrue();
    assertThat(allows(machine, "1,1,1,1,1.")).isFalse();
  }

  @Test
  void charactersAreWholeAndEveryOneOfTheirBytesIsSeen() {
    GrammarMachine machine = machine(new Expression.Character(CodePoints.ALL));
    for (int character :
        new int[] {0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF}) {
      assertThat(allows(machine, Character.toString(character))).as("U+%04X", character).isTrue();
    }
    assertThat(machine.start().after(0xC0).isDead()).as("overlong").isTrue();
    assertThat(machine.start().after(0xED).after(0xA0).isDead()).as("surrogate").isTrue();
    assertThat(machine.start().after(0xF4).after(0x90).isDead()).as("beyond Unicode").isTrue();
    assertThat(machine.start().after(0xE2).canEnd()).isFalse();
  }

  @Test
  void everyCharacterOfASetAndNoOther() {
    Random random = new Random(3);
    List<CodePoints.Range> ranges = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      int first = random.nextInt(i % 2 == 0 ? 0x3000 : 0x110000);
      ranges.add(new CodePoints.Range(first, Math.min(0x10FFFF, first + random.nextInt(0x500))));
    }
    CodePoints set = CodePoints.of(ranges);
    GrammarMachine machine = machine(new Expression.Character(set));
    for (int c = 0; c <= 0x10FFFF; c++) {
      if (c < 0xD800 || c > 0xDFFF) {
        if (allows(machine, Character.toString(c)) != set.contains(c)) {
          assertThat(c).as("U+%04X", c).isEqualTo(-1);
        }
      }
    }
  }

  @Test
  void recursionIsFollowedAsDeepAsItCanBeEnded() {
    GrammarMachine machine =
        machine(
            Map.of(
                "root",
                Choice.of(
                    Sequence.of(new Literal("["), new Reference("root"), new Literal("]")),
                    new Literal("x"))));
    assertThat(allows(machine, "[[[x]]]")).isTrue();
    assertThat(allows(machine, "[[[x]]")).isFalse();
    assertThat(after(machine, "[[[x]]]]").isDead()).isTrue();
    MachineState state = machine.start();
    int depth = 0;
    while (!state.after('[').isDead()) {
      state = state.after('[');
      depth++;
    }
    assertThat(depth).isBetween(500, GrammarLimits.DEPTH);
    assertThat(state.after(("x" + "]".repeat(depth)).getBytes(UTF_8)).canEnd()).isTrue();
  }

  @Test
  void aRuleThatEndsWithItselfTakesNoRoom() {
    GrammarMachine machine =
        machine(
            Map.of(
                "root",
                Choice.of(Sequence.of(characters("ab"), new Reference("root")), new Literal("."))));
    MachineState state = after(machine, "ab".repeat(5_000));
    assertThat(state).isEqualTo(after(machine, "a"));
    assertThat(state.after('.').canOnlyEnd()).isTrue();
  }

  @Test
  void whatHasNoEndIsNeverBegun() {
    GrammarMachine machine =
        machine(
            Map.of(
                "root",
                    Choice.of(
                        new Literal("a"), Sequence.of(new Literal("b"), new Reference("endless"))),
                "endless", Sequence.of(new Literal("b"), new Reference("endless"))));
    assertThat(machine.start().after('b').isDead()).isTrue();
    assertThat(machine.start().onlyByte()).isEqualTo('a');
  }

  @Test
  void aGrammarWithoutTextsIsRefused() {
    assertThatThrownBy(
            () -> machine(Map.of("root", Sequence.of(new Literal("b"), new Reference("root")))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("allows no text");
    assertThatThrownBy(() -> machine(new Expression.Character(CodePoints.NONE)))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("allows no text");
  }

  @Test
  void leftRecursionIsRefusedByItsRules() {
    Expression sum =
        Choice.of(
            Sequence.of(new Reference("sum"), new Literal("+"), new Reference("term")),
            new Reference("term"));
    assertThatThrownBy(
            () ->
                machine(Map.of("root", new Reference("sum"), "sum", sum, "term", characters("12"))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("rule \"sum\" that begins with itself");
    assertThatThrownBy(
            () ->
                machine(
                    Map.of(
                        "root",
                            Sequence.of(
                                any(new Literal(" ")), new Reference("b"), new Literal("x")),
                        "b",
                            Choice.of(
                                Sequence.of(new Reference("root"), new Literal("y")),
                                new Literal("z")))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("left recursion");
  }

  @Test
  void aRuleThatThereIsNotIsRefusedByName() {
    assertThatThrownBy(() -> machine(new Reference("no-such-rule")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no-such-rule");
  }

  /** Each is refused in less than a second, or reads texts as fast as others do. */
  @Test
  @Timeout(20)
  void whatIsTooMuchIsRefusedByItsLimit() {
    assertRefused(
        new Choice(
            IntStream.range(0, 1_000_000).<Expression>mapToObj(i -> new Literal("x" + i)).toList()),
        "more than 250,000 parts");
    assertRefused(new Literal("x".repeat(1_000_000)), "more than 400,000 steps");
    assertRefused(times(times(characters("a"), 0, 1000), 0, 1000), "up to 1,000,000 times");
    assertRefused(
        Sequence.of(
            times(
                new Choice(
                    List.of(
                        times(
                            Sequence.of(any(new Literal("b")), times(characters("a"), 1, 1000)),
                            0,
                            1000))),
                1,
                1000)),
        "times, but at most 100,000");
    Expression deep = new Literal("a");
    for (int i = 0; i < 10_000; i++) {
      deep = Sequence.of(new Literal("("), deep);
    }
    assertRefused(deep, "more than 500 expressions within one another");
    Expression wide = new Literal("a");
    for (int i = 0; i < 100; i++) {
      wide = Sequence.of(wide, wide, new Literal("b")); // 2^100 characters.
    }
    assertRefused(wide, "steps");
  }

  private static void assertRefused(Expression root, String limit) {
    assertThatThrownBy(() -> machine(root))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(limit);
  }

  /** Exponentially many ways to read a text are few states. */
  @Test
  @Timeout(20)
  void ambiguityTakesNoLonger() {
    Expression a = new Literal("a");
    GrammarMachine nested =
        machine(Sequence.of(any(any(any(Choice.of(a, Sequence.of(a, a))))), new Literal("b")));
    assertThat(allows(nested, "a".repeat(3_000) + "b")).isTrue();
    assertThat(allows(nested, "a".repeat(3_000))).isFalse();

    Map<String, Expression> rules = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      Expression next = i == 39 ? a : new Reference("r" + (i + 1));
      rules.put(
          "r" + i,
          Choice.of(Sequence.of(next, new Literal("x")), Sequence.of(next, new Literal("y"))));
    }
    rules.put("root", new Reference("r0"));
    GrammarMachine chain = machine(rules);
    assertThat(allows(chain, "a" + "xy".repeat(20))).isTrue();
    assertThat(allows(chain, "a" + "xy".repeat(19))).isFalse();

    GrammarMachine mirrored =
        machine(
            Map.of(
                "root",
                Choice.of(
                    Sequence.of(a, new Reference("root"), new Literal("x")),
                    Sequence.of(a, new Reference("root"), new Literal("y")),
                    new Literal("b"))));
    assertThat(allows(mirrored, "a".repeat(300) + "b" + "xyy".repeat(100))).isTrue();

    List<Expression> loops = IntStream.range(0, 10).mapToObj(i -> times(a, 0, 1000)).toList();
    GrammarMachine counted = machine(Sequence.of(new Sequence(loops), new Literal("b")));
    assertThat(allows(counted, "a".repeat(10_000) + "b")).isTrue();
    assertThat(after(counted, "a".repeat(10_001)).isDead()).isTrue();
  }

  @Test
  @Timeout(20)
  void manyAlternativesAreFollowedAtOnce() {
    GrammarMachine machine =
        machine(
            new Choice(
                IntStream.range(0, 20_000)
                    .<Expression>mapToObj(i -> new Literal("value " + i))
                    .toList()));
    assertThat(allows(machine, "value 19999")).isTrue();
    assertThat(allows(machine, "value 20000")).isFalse();
  }

  /** It forgets what it has seen, and goes on the same. */
  @Test
  @Timeout(20)
  void whatAMachineRemembersIsBounded() {
    GrammarMachine machine =
        machine(
            Sequence.of(
                times(Choice.of(new Literal("ab"), new Literal("c")), 0, 90_000),
                new Literal(".")));
    MachineState early = after(machine, "abc".repeat(10));
    MachineState state = machine.start();
    for (int i = 0; i < 60_000; i++) {
      state = state.current().after(i % 3 == 0 ? 'a' : i % 3 == 1 ? 'b' : 'c');
    }
    assertThat(machine.bytes()).isLessThan(2 * GrammarLimits.MEMORY);
    assertThat(state.after('.').canOnlyEnd()).isTrue();
    assertThat(early.after("abc.".getBytes(UTF_8)).canOnlyEnd()).isTrue();
  }
}
