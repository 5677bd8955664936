package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** All expressions of a grammar, counted and looked at: which of them allow the empty text. */
final class Parts {
  private final Grammar grammar;
  private final String parameter;

  /** Which expressions consist of one. */
  private final Map<Expression, List<Expression>> users = new IdentityHashMap<>();

  private final Map<String, List<Expression>> references = new HashMap<>();

  /** How many parts of a sequence are not known to allow the empty text. */
  private final Map<Expression, Integer> open = new IdentityHashMap<>();

  private final Map<Expression, Boolean> nullable = new IdentityHashMap<>();
  private final Map<Expression, Long> timesAlone = new IdentityHashMap<>();
  private final Map<Expression, List<String>> rulesOf = new IdentityHashMap<>();

  private record Visit(Expression expression, int depth) {}

  /**
   * @throws InvalidRequestException if it is too much, or refers to a rule that there is not
   */
  Parts(Grammar grammar, String parameter) {
    this.grammar = grammar;
    this.parameter = parameter;
    if (grammar.rules().size() > GrammarLimits.RULES) {
      throw refused(
          "has %,d rules, but at most %,d are allowed"
              .formatted(grammar.rules().size(), GrammarLimits.RULES));
    }
    collect();
    searchNullable();
  }

  InvalidRequestException refused(String what) {
    return new InvalidRequestException(parameter, parameter + " " + what);
  }

  private void collect() {
    Deque<Visit> visits = new ArrayDeque<>();
    grammar
        .rules()
        .forEach(
            (name, expression) -> {
              rulesOf.computeIfAbsent(expression, _ -> new ArrayList<>()).add(name);
              visits.push(new Visit(expression, 1));
            });
    int parts = 0;
    Map<Expression, Integer> depths = new IdentityHashMap<>();
    while (!visits.isEmpty()) {
      Visit visit = visits.pop();
      if (visit.depth() > GrammarLimits.NESTED_EXPRESSIONS) {
        throw refused(
            "has more than %,d expressions within one another"
                .formatted(GrammarLimits.NESTED_EXPRESSIONS));
      }
      Integer before = depths.get(visit.expression());
      if (before != null && before >= visit.depth()) {
        continue; // It stands in several places, and has been looked at.
      }
      depths.put(visit.expression(), visit.depth());
      if (++parts > GrammarLimits.PARTS) {
        throw refused("has more than %,d parts".formatted(GrammarLimits.PARTS));
      }
      boolean isNew = before == null;
      for (Expression child : children(visit.expression())) {
        if (isNew) {
          users.computeIfAbsent(child, _ -> new ArrayList<>()).add(visit.expression());
        }
        visits.push(new Visit(child, visit.depth() + 1));
      }
      if (isNew && visit.expression() instanceof Expression.Reference(String rule)) {
        requireRule(rule);
        references.computeIfAbsent(rule, _ -> new ArrayList<>()).add(visit.expression());
      }
    }
  }

  private void requireRule(String rule) {
    if (!grammar.rules().containsKey(rule)) {
      throw refused("refers to a rule \"%s\" that there is not".formatted(Excerpt.of(rule)));
    }
  }

  static List<Expression> children(Expression expression) {
    return switch (expression) {
      case Expression.Literal _, Expression.Character _, Expression.Reference _ -> List.of();
      case Expression.Sequence(List<Expression> parts) -> parts;
      case Expression.Choice(List<Expression> options) -> options;
      case Expression.Repetition repetition -> List.of(repetition.what());
    };
  }

  private void searchNullable() {
    Deque<Expression> found = new ArrayDeque<>();
    users.values().stream().flatMap(List::stream).forEach(user -> addIfNullable(user, found));
    users.keySet().forEach(part -> addIfNullable(part, found));
    grammar.rules().values().forEach(part -> addIfNullable(part, found));
    while (!found.isEmpty()) {
      Expression part = found.pop();
      for (Expression user : users.getOrDefault(part, List.of())) {
        boolean holds =
            switch (user) {
              case Expression.Sequence sequence ->
                  open.merge(user, -1, (left, one) -> left + one) <= 0
                      && sequence.parts().stream().allMatch(this::isNullable);
              case Expression.Choice _, Expression.Repetition _ -> true;
              case Expression.Literal _, Expression.Character _, Expression.Reference _ -> false;
            };
        if (holds) {
          add(user, found);
        }
      }
      for (String rule : rulesOf.getOrDefault(part, List.of())) {
        references.getOrDefault(rule, List.of()).forEach(reference -> add(reference, found));
      }
    }
  }

  private void addIfNullable(Expression part, Deque<Expression> found) {
    switch (part) {
      case Expression.Literal(String text) when text.isEmpty() -> add(part, found);
      case Expression.Sequence(List<Expression> parts) -> {
        open.put(part, parts.size());
        if (parts.isEmpty()) {
          add(part, found);
        }
      }
      case Expression.Repetition repetition
          when repetition.least() == 0 || repetition.most().orElse(1) == 0 ->
          add(part, found);
      case Expression.Literal _,
          Expression.Character _,
          Expression.Choice _,
          Expression.Repetition _,
          Expression.Reference _ -> {}
    }
  }

  private void add(Expression part, Deque<Expression> found) {
    if (nullable.put(part, true) == null) {
      found.push(part);
    }
  }

  /** Whether the empty text is one of its. */
  boolean isNullable(Expression expression) {
    return nullable.containsKey(expression);
  }

  /**
   * How often a text comes at the most if the expression is nothing but repetitions of it: the
   * product of their bounds.
   */
  long timesAlone(Expression expression) {
    Long before = timesAlone.putIfAbsent(expression, 1L); // Until it is known.
    if (before != null) {
      return before;
    }
    long times =
        switch (expression) {
          case Expression.Literal _, Expression.Character _ -> 1;
          case Expression.Reference(String rule) -> timesAlone(grammar.rules().get(rule));
          case Expression.Repetition repetition ->
              saturated(repetition.most().orElse(1), timesAlone(repetition.what()));
          case Expression.Choice(List<Expression> options) ->
              options.stream().mapToLong(this::timesAlone).max().orElse(1);
          case Expression.Sequence(List<Expression> parts) -> {
            long others = parts.stream().filter(part -> !isNullable(part)).count();
            yield parts.stream()
                .filter(part -> others == 0 || others == 1 && !isNullable(part))
                .mapToLong(this::timesAlone)
                .max()
                .orElse(1);
          }
        };
    timesAlone.put(expression, times);
    return times;
  }

  private static long saturated(long a, long b) {
    return a == 0 ? b : Math.min(Long.MAX_VALUE / a, b) * a;
  }
}
