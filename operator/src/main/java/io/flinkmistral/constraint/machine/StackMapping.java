package io.flinkmistral.constraint.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Makes other sets of stacks of those that a state is in the middle of, each once. */
final class StackMapping {
  /** What becomes of one set. */
  interface Rule {
    /**
     * @param below what has become of a set below
     */
    Stacks of(Stacks stacks, UnaryOperator<Stacks> below);
  }

  private StackMapping() {}

  /** The sets as they are, and all that are below them, the lowest first. */
  static List<Stacks> all(Stacks[] stacks) {
    List<Stacks> all = new ArrayList<>();
    Set<Stacks> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    List<Stacks> open = new ArrayList<>(Arrays.asList(stacks));
    while (!open.isEmpty()) {
      Stacks one = open.removeLast();
      if (seen.add(one)) {
        all.add(one);
        open.addAll(Arrays.asList(one.below));
      }
    }
    all.sort(Comparator.comparingInt(one -> one.depth));
    return all;
  }

  static Stacks[] map(Stacks[] stacks, Rule rule) {
    Map<Stacks, Stacks> mapped = new IdentityHashMap<>();
    for (Stacks one : all(stacks)) {
      mapped.put(one, one == StackPool.EMPTY ? one : rule.of(one, mapped::get));
    }
    return Arrays.stream(stacks).map(mapped::get).toArray(Stacks[]::new);
  }
}
