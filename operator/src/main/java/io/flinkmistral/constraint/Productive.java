package io.flinkmistral.constraint;

import io.flinkmistral.constraint.Expression.Character;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.protocol.Excerpt;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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
  private final Set<Expression> productive;

  private Productive(Map<String, Expression> rules) {
    this.rules = rules;
    this.productive =
        Derivation.of(
            rules, leaf -> !(leaf instanceof Character character) || !character.oneOf().isEmpty());
  }

  static Grammar of(Map<String, Expression> rules, String root, Place place) {
    Productive found = new Productive(rules);
    if (!found.isProductive(rules.get(root))) {
      throw place.refused(found.reason());
    }
    return new Grammar(found.reachable(root), root);
  }

  /** The rule to blame is one that nothing fits by itself; if there is none, there is a circle. */
  private String reason() {
    List<String> barren =
        rules.keySet().stream().filter(name -> !isProductive(rules.get(name))).toList();
    for (String name : barren) {
      if (uses(rules.get(name)).stream().allMatch(rule -> isProductive(rules.get(rule)))) {
        return "nothing fits " + shown(name);
      }
    }
    return "no text that ends fits it: %s needs itself again without end"
        .formatted(shown(barren.getLast()));
  }

  private static String shown(String name) {
    return Excerpt.of(name.replaceFirst("#\\d+$", ""));
  }

  private static Set<String> uses(Expression expression) {
    Set<String> uses = new LinkedHashSet<>();
    Deque<Expression> open = new ArrayDeque<>(List.of(expression));
    while (!open.isEmpty()) {
      Expression next = open.pop();
      if (next instanceof Reference(String rule)) {
        uses.add(rule);
      }
      Derivation.parts(next).reversed().forEach(open::push);
    }
    return uses;
  }

  private boolean isProductive(Expression expression) {
    return productive.contains(expression);
  }

  private Map<String, Expression> reachable(String root) {
    Map<String, Expression> kept = new LinkedHashMap<>();
    Deque<String> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      String name = open.poll();
      if (!kept.containsKey(name)) {
        Expression pruned = pruned(rules.get(name));
        kept.put(name, pruned);
        open.addAll(uses(pruned));
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
