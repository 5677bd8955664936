package io.flinkmistral.constraint.gbnf;

import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Character;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.protocol.Excerpt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.Set;

/** Finds rules that come back to themselves before they have taken a character. */
final class LeftRecursion {
  private final Map<String, Expression> rules;
  private final Set<String> nullable = new HashSet<>();

  private LeftRecursion(Map<String, Expression> rules) {
    this.rules = rules;
  }

  static void refuse(Map<String, Expression> rules, Place place) {
    LeftRecursion search = new LeftRecursion(rules);
    search.findNullable();
    search.cycle(place);
  }

  private void findNullable() {
    Map<String, Set<String>> users = new HashMap<>();
    rules.forEach(
        (name, expression) -> {
          for (String rule : references(expression)) {
            users.computeIfAbsent(rule, _ -> new HashSet<>()).add(name);
          }
        });
    Deque<String> open = new ArrayDeque<>(rules.keySet());
    while (!open.isEmpty()) {
      String name = open.poll();
      if (!nullable.contains(name) && isNullable(rules.get(name))) {
        nullable.add(name);
        open.addAll(users.getOrDefault(name, Set.of()));
      }
    }
  }

  private static Set<String> references(Expression expression) {
    Set<String> names = new LinkedHashSet<>();
    collect(expression, names);
    return names;
  }

  private static void collect(Expression expression, Set<String> names) {
    switch (expression) {
      case Literal _, Character _ -> {}
      case Reference reference -> names.add(reference.rule());
      case Sequence sequence -> sequence.parts().forEach(part -> collect(part, names));
      case Choice choice -> choice.options().forEach(option -> collect(option, names));
      case Repetition repetition -> collect(repetition.what(), names);
    }
  }

  private boolean isNullable(Expression expression) {
    return switch (expression) {
      case Literal literal -> literal.text().isEmpty();
      case Character _ -> false;
      case Reference reference -> nullable.contains(reference.rule());
      case Sequence sequence -> sequence.parts().stream().allMatch(this::isNullable);
      case Choice choice -> choice.options().stream().anyMatch(this::isNullable);
      case Repetition repetition -> repetition.least() == 0 || isNullable(repetition.what());
    };
  }

  /** Rules that a text of the expression can begin with. */
  private void firsts(Expression expression, Set<String> names) {
    switch (expression) {
      case Literal _, Character _ -> {}
      case Reference reference -> names.add(reference.rule());
      case Sequence sequence -> {
        for (Expression part : sequence.parts()) {
          firsts(part, names);
          if (!isNullable(part)) {
            return;
          }
        }
      }
      case Choice choice -> choice.options().forEach(option -> firsts(option, names));
      case Repetition repetition -> firsts(repetition.what(), names);
    }
  }

  /** Depth first, with a stack of its own: rules can be a long chain. */
  private void cycle(Place place) {
    Set<String> done = new HashSet<>();
    for (String root : rules.keySet()) {
      SequencedSet<String> path = new LinkedHashSet<>();
      Deque<List<String>> open = new ArrayDeque<>();
      enter(root, path, open, done, place);
      while (!open.isEmpty()) {
        List<String> rest = open.peek();
        if (rest.isEmpty()) {
          open.pop();
          String last = path.removeLast();
          done.add(last);
        } else {
          enter(rest.removeLast(), path, open, done, place);
        }
      }
    }
  }

  private void enter(
      String rule,
      SequencedSet<String> path,
      Deque<List<String>> open,
      Set<String> done,
      Place place) {
    if (path.contains(rule)) {
      throw place.refused(
          "the rule %s comes back to itself before it takes a character (left recursion)"
              .formatted(Excerpt.of(rule)));
    }
    if (!done.contains(rule)) {
      path.add(rule);
      Set<String> firsts = new LinkedHashSet<>();
      firsts(rules.get(rule), firsts);
      open.push(new ArrayList<>(firsts));
    }
  }
}
