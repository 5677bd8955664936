package io.flinkmistral.constraint.automaton;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.Rules;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * Writes an automaton as rules, one for each state: a character, then the rule of the state that it
 * leads to. The reference is the last part of its rule, so nothing piles up on the way through.
 */
final class AutomatonWriter {
  private static final Literal NOTHING = new Literal("");

  /** They are sorted, united, and encoded. */
  private static final long STEPS_A_RANGE = 10;

  private final List<CodePoints> classes;
  private final int[][] next;
  private final boolean[] accepting;
  private final Rules rules;
  private final Function<CodePoints, Expression> encoding;
  private final Effort effort;
  private final Place place;
  private final int[] arrivals;

  /** Large sets are the same in many states. */
  private final Map<BitSet, CodePoints> unions = new HashMap<>();

  private final Map<CodePoints, Expression> encoded = new IdentityHashMap<>();

  private final Map<Integer, Expression.Reference> names = new LinkedHashMap<>();
  private final List<Integer> open = new ArrayList<>();

  AutomatonWriter(
      List<CodePoints> classes,
      int[][] next,
      boolean[] accepting,
      Rules rules,
      Function<CodePoints, Expression> encoding,
      Effort effort,
      Place place) {
    this.classes = classes;
    this.next = next;
    this.accepting = accepting;
    this.rules = rules;
    this.encoding = encoding;
    this.effort = effort;
    this.place = place;
    effort.spend((long) next.length * classes.size(), place);
    this.arrivals = new int[next.length];
    for (int state = 0; state < next.length; state++) {
      exits(state).keySet().forEach(to -> arrivals[to]++);
    }
  }

  Expression write() {
    Expression start = reference(0);
    while (!open.isEmpty()) {
      int state = open.removeLast();
      rules.define(names.get(state), from(state));
    }
    return start;
  }

  private Expression reference(int state) {
    if (!names.containsKey(state)) {
      names.put(state, rules.fresh("state"));
      open.add(state);
    }
    return names.get(state);
  }

  private Expression from(int state) {
    Map<Integer, CodePoints> exits = exits(state);
    List<Expression> options = new ArrayList<>();
    exits.forEach(
        (to, characters) -> {
          if (to != state) {
            options.add(path(characters, to));
          }
        });
    if (accepting[state]) {
      options.add(NOTHING);
    }
    Expression on = options.size() == 1 ? options.getFirst() : new Choice(options);
    CodePoints again = exits.get(state);
    return again == null
        ? on
        : Sequence.of(new Repetition(encoded(again), 0, OptionalInt.empty()), on);
  }

  /** States that have one way in and one way out need no rules of their own. */
  private Expression path(CodePoints characters, int first) {
    List<Expression> parts = new ArrayList<>(List.of(encoded(characters)));
    int state = first;
    while (true) {
      Map<Integer, CodePoints> exits = exits(state);
      if (arrivals[state] == 1 && exits.isEmpty()) {
        return new Sequence(parts);
      }
      if (arrivals[state] != 1 || accepting[state] || exits.size() != 1) {
        parts.add(reference(state));
        return new Sequence(parts);
      }
      Map.Entry<Integer, CodePoints> only = exits.entrySet().iterator().next();
      append(encoded(only.getValue()), parts);
      state = only.getKey();
    }
  }

  private static void append(Expression part, List<Expression> parts) {
    if (part instanceof Literal(String next) && parts.getLast() instanceof Literal(String text)) {
      parts.set(parts.size() - 1, new Literal(text + next));
    } else {
      parts.add(part);
    }
  }

  /** By which characters to which states. */
  private Map<Integer, CodePoints> exits(int state) {
    Map<Integer, BitSet> bySet = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      if (next[state][c] >= 0) {
        bySet.computeIfAbsent(next[state][c], _ -> new BitSet()).set(c);
      }
    }
    Map<Integer, CodePoints> exits = new LinkedHashMap<>();
    bySet.forEach((to, set) -> exits.put(to, unions.computeIfAbsent(set, this::union)));
    return exits;
  }

  private CodePoints union(BitSet set) {
    List<CodePoints.Range> ranges = new ArrayList<>();
    set.stream().forEach(c -> ranges.addAll(classes.get(c).ranges()));
    effort.spend(STEPS_A_RANGE * ranges.size(), place);
    return CodePoints.of(ranges);
  }

  private Expression encoded(CodePoints characters) {
    return encoded.computeIfAbsent(characters, encoding);
  }
}
