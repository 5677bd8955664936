package io.flinkmistral.constraint;

import io.flinkmistral.constraint.Expression.Character;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.protocol.Excerpt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Leaves of a grammar only what a finite text can be made of: an option that never ends, as a rule
 * that needs itself, would lead an answer into a dead end.
 */
final class Productive {
  private final Map<String, Expression> rules;
  private final Set<String> productive = new HashSet<>();

  private Productive(Map<String, Expression> rules) {
    this.rules = rules;
  }

  static Grammar of(Map<String, Expression> rules, String root, Place place) {
    Productive found = new Productive(rules);
    found.search();
    if (!found.productive.contains(root)) {
      throw place.refused(found.reason());
    }
    return new Grammar(found.reachable(root), root);
  }

  /** Each rule is looked at again when one that it refers to is found to be productive. */
  private void search() {
    Map<String, List<String>> users = new HashMap<>();
    rules.forEach((name, expression) -> noteUse(expression, name, users));
    Deque<String> open = new ArrayDeque<>(rules.keySet());
    while (!open.isEmpty()) {
      String name = open.poll();
      if (!productive.contains(name) && isProductive(rules.get(name))) {
        productive.add(name);
        open.addAll(users.getOrDefault(name, List.of()));
      }
    }
  }

  /** The rule to blame is one that nothing fits by itself; if there is none, there is a circle. */
  private String reason() {
    List<String> barren =
        rules.keySet().stream().filter(name -> !productive.contains(name)).toList();
    for (String name : barren) {
      Map<String, List<String>> uses = new HashMap<>();
      noteUse(rules.get(name), name, uses);
      if (productive.containsAll(uses.keySet())) {
        return "nothing fits " + shown(name);
      }
    }
    return "no text that ends fits it: %s needs itself again without end"
        .formatted(shown(barren.getLast()));
  }

  private static String shown(String name) {
    return Excerpt.of(name.replaceFirst("#\\d+$", ""));
  }

  private static void noteUse(Expression expression, String by, Map<String, List<String>> users) {
    switch (expression) {
      case Literal _, Character _ -> {}
      case Reference reference ->
          users.computeIfAbsent(reference.rule(), _ -> new ArrayList<>()).add(by);
      case Sequence sequence -> sequence.parts().forEach(part -> noteUse(part, by, users));
      case Choice choice -> choice.options().forEach(option -> noteUse(option, by, users));
      case Repetition repetition -> noteUse(repetition.what(), by, users);
    }
  }

  private boolean isProductive(Expression expression) {
    return switch (expression) {
      case Literal _ -> true;
      case Character character -> !character.oneOf().isEmpty();
      case Reference reference -> productive.contains(reference.rule());
      case Sequence sequence -> sequence.parts().stream().allMatch(this::isProductive);
      case Choice choice -> choice.options().stream().anyMatch(this::isProductive);
      case Repetition repetition -> repetition.least() == 0 || isProductive(repetition.what());
    };
  }

  private Map<String, Expression> reachable(String root) {
    Map<String, Expression> kept = new LinkedHashMap<>();
    Deque<String> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      String name = open.poll();
      if (!kept.containsKey(name)) {
        Expression pruned = pruned(rules.get(name));
        kept.put(name, pruned);
        Map<String, List<String>> uses = new LinkedHashMap<>();
        noteUse(pruned, name, uses);
        open.addAll(uses.keySet());
      }
    }
    return kept;
  }

  /** Of an expression that is productive. */
  private Expression pruned(Expression expression) {
    return switch (expression) {
      case Literal literal -> literal;
      case Character character -> character;
      case Reference reference -> reference;
      case Sequence sequence -> new Sequence(sequence.parts().stream().map(this::pruned).toList());
      case Choice choice -> {
        List<Expression> options =
            choice.options().stream().filter(this::isProductive).map(this::pruned).toList();
        yield options.size() == 1 ? options.getFirst() : new Choice(options);
      }
      case Repetition repetition ->
          isProductive(repetition.what())
              ? new Repetition(pruned(repetition.what()), repetition.least(), repetition.most())
              : new Repetition(new Literal(""), 0, OptionalInt.of(0));
    };
  }
}
