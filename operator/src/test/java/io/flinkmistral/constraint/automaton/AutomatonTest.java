package io.flinkmistral.constraint.automaton;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.GrammarRecogniser;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
final class AutomatonTest {
  private static final Place PLACE = Place.of("field");

  /** Each text of up to four of three characters, one of them beyond 16 bits. */
  private static final List<String> TEXTS = texts();

  private final Effort effort = new Effort();

  private static List<String> texts() {
    List<String> all = new ArrayList<>(List.of(""));
    for (int from = 0, length = 1; length <= 4; length++) {
      int to = all.size();
      for (; from < to; from++) {
        for (String next : List.of("a", "é", "😀")) {
          all.add(all.get(from) + next);
        }
      }
    }
    return all;
  }

  private Automaton of(Set<String> texts) {
    return Automaton.ofTexts(texts, effort, PLACE);
  }

  private static Set<String> some(Random random) {
    int share = random.nextInt(1, 20);
    return TEXTS.stream()
        .filter(_ -> random.nextInt(20) < share)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> accepted(Automaton automaton) {
    return TEXTS.stream().filter(automaton::accepts).collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void setsOfTextsAreSets() {
    Random random = new Random(5);
    for (int i = 0; i < 50; i++) {
      Set<String> left = some(random);
      Set<String> right = some(random);
      Automaton a = of(left);
      Automaton b = of(right);
      assertThat(accepted(a)).isEqualTo(left);
      Set<String> both = new TreeSet<>(left);
      both.retainAll(right);
      assertThat(accepted(a.and(b, effort, PLACE))).isEqualTo(both);
      assertThat(a.and(b, effort, PLACE).isEmpty()).isEqualTo(both.isEmpty());
      Set<String> either = new TreeSet<>(left);
      either.addAll(right);
      assertThat(accepted(a.or(b, effort, PLACE))).isEqualTo(either);
      Set<String> rest = new TreeSet<>(left);
      rest.removeAll(right);
      assertThat(accepted(a.minus(b, effort, PLACE))).isEqualTo(rest);
      Set<String> others = new TreeSet<>(TEXTS);
      others.removeAll(left);
      assertThat(accepted(Automaton.all().minus(a, effort, PLACE))).isEqualTo(others);
    }
  }

  @Test
  void aWrittenAutomatonIsTheSameSet() {
    Random random = new Random(6);
    for (int i = 0; i < 50; i++) {
      Automaton automaton =
          i % 2 == 0 ? of(some(random)) : Automaton.all().minus(of(some(random)), effort, PLACE);
      if (!automaton.isEmpty()) {
        Rules rules = new Rules(effort, PLACE);
        Expression.Reference root = rules.fresh("root");
        rules.define(root, automaton.write(rules, AutomatonTest::plain, effort, PLACE));
        Grammar grammar = rules.grammar(root);
        for (String text : TEXTS) {
          assertThat(GrammarRecogniser.accepts(grammar, text)).isEqualTo(automaton.accepts(text));
        }
      }
    }
  }

  private static Expression plain(CodePoints characters) {
    return new Expression.Character(characters);
  }

  @Test
  void lengthsAreThoseOfCharacters() {
    Automaton two = Automaton.ofLength(2, OptionalInt.of(3), effort, PLACE);
    assertThat(two.accepts("😀")).isFalse();
    assertThat(two.accepts("😀a")).isTrue();
    assertThat(two.accepts("😀aé")).isTrue();
    assertThat(two.accepts("aaaa")).isFalse();
    assertThat(two.longest()).hasValue(3);
    assertThat(Automaton.ofLength(2, OptionalInt.empty(), effort, PLACE).accepts("aaaaa")).isTrue();
    assertThat(Automaton.ofLength(2, OptionalInt.empty(), effort, PLACE).longest()).isEmpty();
    assertThat(of(Set.of("a", "bcde")).longest()).hasValue(4);
    assertThat(of(Set.of()).longest()).hasValue(0);
  }

  @Test
  void statesAndWorkAreBounded() {
    assertThatThrownBy(() -> Automaton.ofLength(0, OptionalInt.of(50_000), effort, PLACE))
        .hasMessageContaining("field: needs an automaton of more than 20,000 states");
    Set<String> words =
        IntStream.range(0, 5_000)
            .mapToObj(i -> Integer.toString(i * 7919, 36))
            .collect(Collectors.toSet());
    Automaton many = of(words);
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 1_000; i++) {
                many.and(many, effort, PLACE);
              }
            })
        .hasMessageContaining("steps of work");
  }
}
