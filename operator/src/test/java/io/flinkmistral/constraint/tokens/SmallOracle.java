package io.flinkmistral.constraint.tokens;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.machine.GrammarMachine;
import io.flinkmistral.constraint.machine.MachineState;
import io.flinkmistral.constraint.machine.RandomGrammars;
import io.flinkmistral.constraint.machine.ShortTexts;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All short texts of a grammar, as bytes, which are spelt as characters from 0 to 255.
 *
 * @param texts those of up to {@link #LONGEST} characters
 */
record SmallOracle(Grammar grammar, GrammarMachine machine, Set<String> texts) {
  private static final int LONGEST = 6;

  private static final Set<Integer> BYTES =
      String.join("", RandomGrammars.ALPHABET)
          .transform(all -> spelt(all.getBytes(UTF_8)))
          .chars()
          .boxed()
          .collect(Collectors.toSet());

  private static final List<SmallOracle> SOME = make();

  static List<SmallOracle> some() {
    return SOME;
  }

  private static List<SmallOracle> make() {
    List<SmallOracle> all = new ArrayList<>();
    for (int seed = 0; all.size() < 100; seed++) {
      Grammar grammar = RandomGrammars.of(new Random(seed));
      try {
        GrammarMachine machine = GrammarMachine.compile(grammar, "grammar");
        Set<String> texts =
            ShortTexts.of(grammar, RandomGrammars.ALPHABET, LONGEST).stream()
                .map(text -> spelt(text.getBytes(UTF_8)))
                .collect(Collectors.toSet());
        all.add(new SmallOracle(grammar, machine, texts));
      } catch (InvalidRequestException refused) {
        // Left recursion, or no text: another one.
      }
    }
    return all;
  }

  static String spelt(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }

  static boolean isOfTheAlphabet(byte[] bytes) {
    return bytes.length > 0 && spelt(bytes).chars().allMatch(BYTES::contains);
  }

  boolean ends(String text) {
    return texts.contains(text);
  }

  /** Whether a text begins so; absent where it would be longer than those that are known. */
  Optional<Boolean> goesOn(String beginning) {
    if (texts.stream().anyMatch(text -> text.startsWith(beginning))) {
      return Optional.of(true);
    }
    return endsWithin(beginning) ? Optional.of(false) : Optional.empty();
  }

  /** Whether the machine knows no text that begins so, or a short one. */
  private boolean endsWithin(String beginning) {
    Set<MachineState> states = new HashSet<>();
    addIfAlive(machine.start().after(beginning.getBytes(ISO_8859_1)), states);
    for (long characters = characters(beginning); characters <= LONGEST; characters++) {
      for (int trailing = 0; trailing < 2; trailing++) {
        List.copyOf(states).forEach(state -> addAfter(state, true, states));
      }
      if (states.isEmpty() || states.stream().anyMatch(MachineState::canEnd)) {
        return true;
      }
      Set<MachineState> next = new HashSet<>();
      states.forEach(state -> addAfter(state, false, next));
      states.clear();
      states.addAll(next);
    }
    return states.isEmpty();
  }

  private static void addAfter(MachineState state, boolean trailing, Set<MachineState> to) {
    for (int value : BYTES) {
      if (isTrailing(value) == trailing) {
        addIfAlive(state.after(value), to);
      }
    }
  }

  private static void addIfAlive(MachineState state, Set<MachineState> to) {
    if (!state.isDead()) {
      to.add(state);
    }
  }

  private static boolean isTrailing(int value) {
    return (value & 0xC0) == 0x80;
  }

  private static long characters(String bytes) {
    return bytes.chars().filter(c -> !isTrailing(c)).count();
  }

  @Override
  public String toString() {
    return grammar.toString();
  }
}
