package io.flinkmistral.constraint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which expressions of a grammar have a property that follows from their parts: a sequence has it
 * if all its parts have, a choice if one of its options has, a repetition if what it repeats has or
 * need not come, and a reference if its rule has. Each expression is looked at once for each of its
 * parts, however the rules refer to each other.
 */
public final class Derivation {
  private final Map<String, Expression> rules;
  private final Predicate<Expression> leaf;

  /** What consists of an expression; as often as it does. */
  private final Map<Expression, List<Expression>> users = new IdentityHashMap<>();

  private final Map<String, List<Expression>> references = new HashMap<>();
  private final Map<Expression, List<String>> names = new IdentityHashMap<>();

  /** How many parts of a sequence are not known to have the property. */
  private final Map<Expression, Integer> missing = new IdentityHashMap<>();

  private final Set<Expression> having = identitySet();
  private final Deque<Expression> found = new ArrayDeque<>();

  private Derivation(Map<String, Expression> rules, Predicate<Expression> leaf) {
    this.rules = rules;
    this.leaf = leaf;
  }

  /**
   * Expressions with the property, by identity.
   *
   * @param leaf whether a literal, or a character, has it
   */
  public static Set<Expression> of(Map<String, Expression> rules, Predicate<Expression> leaf) {
    Derivation derivation = new Derivation(rules, leaf);
    derivation.collect();
    derivation.derive();
    return derivation.having;
  }

  private static Set<Expression> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  /** What an expression consists of. */
  public static List<Expression> parts(Expression expression) {
    return switch (expression) {
      case Expression.Literal _, Expression.Character _, Expression.Reference _ -> List.of();
      case Expression.Sequence(List<Expression> parts) -> parts;
      case Expression.Choice(List<Expression> options) -> options;
      case Expression.Repetition repetition -> List.of(repetition.what());
    };
  }

  private void collect() {
    Deque<Expression> open = new ArrayDeque<>();
    rules.forEach(
        (name, expression) -> {
          names.computeIfAbsent(expression, _ -> new ArrayList<>()).add(name);
          open.push(expression);
        });
    Set<Expression> seen = identitySet();
    while (!open.isEmpty()) {
      Expression expression = open.pop();
      if (seen.add(expression)) {
        for (Expression part : parts(expression)) {
          users.computeIfAbsent(part, _ -> new ArrayList<>()).add(expression);
          open.push(part);
        }
        begin(expression);
      }
    }
  }

  private void begin(Expression expression) {
    switch (expression) {
      case Expression.Literal _, Expression.Character _ -> {
        if (leaf.test(expression)) {
          add(expression);
        }
      }
      case Expression.Sequence(List<Expression> parts) -> {
        missing.put(expression, parts.size());
        if (parts.isEmpty()) {
          add(expression);
        }
      }
      case Expression.Repetition repetition -> {
        if (repetition.least() == 0) {
          add(expression);
        }
      }
      case Expression.Reference(String rule) ->
          references.computeIfAbsent(rule, _ -> new ArrayList<>()).add(expression);
      case Expression.Choice _ -> {}
    }
  }

  private void derive() {
    while (!found.isEmpty()) {
      Expression part = found.pop();
      for (Expression user : users.getOrDefault(part, List.of())) {
        if (!(user instanceof Expression.Sequence)
            || missing.merge(user, -1, (left, one) -> left + one) == 0) {
          add(user);
        }
      }
      for (String name : names.getOrDefault(part, List.of())) {
        references.getOrDefault(name, List.of()).forEach(this::add);
      }
    }
  }

  private void add(Expression expression) {
    if (having.add(expression)) {
      found.push(expression);
    }
  }
}
