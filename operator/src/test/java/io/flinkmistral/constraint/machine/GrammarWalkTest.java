package io.flinkmistral.constraint.machine;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.program.GrammarLimits;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Work is bounded, and counted the same whatever has been seen before. */
@Timeout(120)
class GrammarWalkTest {
  private static final String PARAMETER = "grammar";

  /** Of memory that a step of work makes. */
  private static final int BYTES_A_STEP = 600;

  static Stream<Integer> seeds() {
    return IntStream.range(0, 60).boxed();
  }

  private static Optional<GrammarMachine> machine(Grammar grammar) {
    try {
      return Optional.of(GrammarMachine.compile(grammar, PARAMETER));
    } catch (InvalidRequestException refused) {
      assertThat(refused).hasMessageMatching("(?s).*(left recursion|too many ways|times, but).*");
      return Optional.empty();
    }
  }

  /** All texts of up to so many letters, as far as the work allows; absent: it is too much. */
  private static Optional<Integer> tryAll(MachineState state, int longest) {
    try {
      GrammarWalk walk = GrammarWalk.over(state);
      List<GrammarWalk.Stop> stops = List.of(walk.start());
      for (int i = 0; i < longest; i++) {
        List<GrammarWalk.Stop> next = new ArrayList<>();
        for (GrammarWalk.Stop stop : stops) {
          for (char letter : HostileExpressions.LETTERS.toCharArray()) {
            GrammarWalk.Stop after = stop.after(letter);
            if (!after.isDead()) {
              next.add(after);
            }
          }
        }
        stops = next;
      }
      assertThat(walk.work()).isLessThanOrEqualTo(GrammarLimits.STEPS_OF_A_WALK);
      return Optional.of(walk.work());
    } catch (InvalidRequestException refused) {
      assertThat(refused).hasMessageContaining("too many ways at once");
      return Optional.empty();
    }
  }

  /** One machine has read other texts and forgotten them, the other has just been made. */
  @ParameterizedTest
  @MethodSource("seeds")
  void theWorkOfAStateDoesNotDependOnWhatWasSeenBefore(int seed) {
    Grammar grammar = HostileExpressions.grammar(seed);
    Optional<GrammarMachine> seen = machine(grammar);
    Random random = new Random(seed);
    for (int round = 0; round < 4 && seen.isPresent(); round++) {
      MachineState warm = seen.get().start();
      MachineState cold = machine(grammar).orElseThrow().start();
      for (int i = 0; i < 25; i++) {
        Optional<Integer> work = tryAll(cold, 3);
        assertThat(tryAll(warm, 3)).as("after %d letters", i).isEqualTo(work);
        if (work.isEmpty()) {
          break;
        }
        int letter = HostileExpressions.LETTERS.charAt(random.nextInt(3));
        if (warm.after(letter).isDead()) {
          break;
        }
        warm = (random.nextInt(5) == 0 ? warm.current() : warm).after(letter);
        cold = cold.after(letter);
      }
    }
  }

  /** What is made in memory is made by steps that are counted. */
  @ParameterizedTest
  @MethodSource("seeds")
  void memoryIsWork(int seed) {
    Optional<GrammarMachine> machine = machine(HostileExpressions.grammar(1_000 + seed));
    if (machine.isEmpty()) {
      return;
    }
    Random random = new Random(seed);
    MachineState state = machine.get().start();
    for (int i = 0; i < 60 && !state.isDead() && !state.isTangled(); i++) {
      long before = machine.get().bytes();
      Optional<Integer> work = tryAll(state, 2);
      int most = work.orElse(GrammarLimits.STEPS_OF_A_WALK + GrammarLimits.STEPS);
      assertThat(machine.get().bytes() - before).isLessThanOrEqualTo((long) BYTES_A_STEP * most);
      state = state.after(HostileExpressions.LETTERS.charAt(random.nextInt(3))).current();
    }
    assertThat(machine.get().bytes()).isLessThan(GrammarLimits.MEMORY + (64L << 20));
  }

  /** Exponentially many ways to read a text: it is read on, or given up, in bounded work. */
  @ParameterizedTest
  @ValueSource(strings = {"e", "ea", "eatonish"})
  void mirrorsAreGivenUpBeforeTheyTakeLong(String letters) {
    GrammarMachine machine = machine(HostileExpressions.mirrors(letters)).orElseThrow();
    MachineState state = machine.start();
    Random random = new Random(7);
    int read = 0;
    while (read < 2_000 && !state.isTangled() && !state.isHeavy()) {
      int letter = letters.charAt(random.nextInt(letters.length()));
      assertThat(state.step(state.kindOf(letter)).work()).isLessThanOrEqualTo(GrammarLimits.STEPS);
      state = state.current().after(letter);
      read++;
    }
    assertThat(read).isGreaterThan(30);
    assertThat(machine.bytes()).isLessThan(4 * GrammarLimits.MEMORY);
  }

  /** Many words that begin alike, over and over again: each count goes with each other one. */
  @Test
  void whatIsTangledStaysSo() {
    Expression letter = new Expression.Character(CodePoints.in("ab"));
    List<Expression> words =
        IntStream.range(0, 300)
            .<Expression>mapToObj(
                i ->
                    Sequence.of(
                        new Repetition(letter, 1 + i % 7, OptionalInt.of(1 + i % 7)),
                        new Repetition(letter, 0, OptionalInt.of(i + 2))))
            .toList();
    Expression many = new Repetition(new Choice(words), 1, OptionalInt.of(300));
    GrammarMachine machine =
        machine(Grammar.of(Sequence.of(new Literal("."), many, new Literal(".")))).orElseThrow();
    MachineState state = machine.start().after('.');
    for (int i = 0; i < 300 && !state.isTangled(); i++) {
      assertThat(state.isDead()).isFalse();
      state = state.after('a');
    }
    assertThat(state.isTangled()).isTrue();
    assertThat(state.isDead()).isFalse();
    assertThat(state.after("aaa".getBytes(UTF_8)).isTangled()).isTrue();
    assertThat(state.canEnd()).isFalse();
    assertThat(state.canOnlyEnd()).isFalse();
    assertThat(state.onlyByte()).isEqualTo(-1);
    assertThat(state.general()).isSameAs(state);
    assertThat(tryAll(state, 1)).isEmpty();
  }

  /** A state that has been forgotten is the same where it is found anew. */
  @Test
  void aStateGoesOnWhereTheMachineRemembersStatesNow() {
    Expression item = Choice.of(new Literal("ab"), new Literal("c"));
    Expression items = new Repetition(item, 0, OptionalInt.of(90_000));
    GrammarMachine machine =
        machine(Grammar.of(Sequence.of(items, new Literal(".")))).orElseThrow();
    SeenStates first = machine.seen();
    MachineState old = machine.start().after("abca".getBytes(UTF_8));
    assertThat(old.current()).isSameAs(old);
    MachineState state = machine.start();
    while (machine.seen() == first) {
      state = state.after('c');
    }
    MachineState anew = old.current();
    assertThat(anew).isNotSameAs(old);
    assertThat(anew.current()).isSameAs(anew);
    assertThat(anew).isSameAs(machine.start().after("abca".getBytes(UTF_8)));
    for (String more : List.of("", "b", "bc.", "bb", "c", "bab.")) {
      MachineState one = old.after(more.getBytes(UTF_8));
      MachineState other = anew.after(more.getBytes(UTF_8));
      assertThat(other.canEnd()).isEqualTo(one.canEnd());
      assertThat(other.isDead()).isEqualTo(one.isDead());
      assertThat(other.hashCode()).isEqualTo(one.hashCode());
    }
  }
}
