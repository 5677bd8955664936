package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.automaton.Automaton;
import io.flinkmistral.constraint.automaton.Partition;
import java.util.BitSet;
import java.util.List;

/** By the sets of states that an expression can be in at once. */
final class Determiniser {
  /** Of a set, to be looked at, compared and copied. */
  private static final int BITS_A_STEP = 64;

  private record Subset(BitSet states, boolean accepts) {}

  private final Nfa nfa;
  private final List<BitSet> setsOfClass;
  private final Partition partition;
  private final Effort effort;
  private final Place place;

  Determiniser(Nfa nfa, Effort effort, Place place) {
    this.nfa = nfa;
    this.partition = Partition.of(nfa.sets(), effort, place);
    this.setsOfClass = partition.members().stream().map(Determiniser::bits).toList();
    this.effort = effort;
    this.place = place;
  }

  private static BitSet bits(List<Integer> numbers) {
    BitSet bits = new BitSet();
    numbers.forEach(bits::set);
    return bits;
  }

  Automaton automaton() {
    BitSet states = new BitSet();
    nfa.close(nfa.start(), true, false, states);
    BitSet start = nfa.lasting(states);
    return Automaton.explore(
        partition.classes(),
        new Subset(start, nfa.acceptsAtEnd(states, true)),
        this::step,
        Subset::accepts,
        effort,
        place);
  }

  private Subset step(Subset from, int characterClass) {
    BitSet sets = setsOfClass.get(characterClass);
    effort.spend(from.states().cardinality() + from.states().length() / BITS_A_STEP, place);
    BitSet reached = new BitSet();
    from.states().stream()
        .mapToObj(nfa::reading)
        .filter(reading -> reading != null && sets.get(reading.set()))
        .forEach(reading -> nfa.close(reading.to(), false, false, reached));
    if (reached.isEmpty()) {
      return null;
    }
    BitSet lasting = nfa.lasting(reached);
    return lasting.isEmpty() ? null : new Subset(lasting, nfa.acceptsAtEnd(lasting, false));
  }
}
