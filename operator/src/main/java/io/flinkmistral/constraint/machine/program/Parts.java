package io.flinkmistral.constraint.machine.program;

import io.flinkmistral.constraint.Derivation;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All expressions of a grammar, counted and looked at: which of them allow the empty text. */
final class Parts {
  private final Grammar grammar;
  private final String parameter;

  /** Those that allow the empty text. */
  private final Set<Expression> nullable;

  private final Map<Expression, Long> timesAlone = new IdentityHashMap<>();

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
    this.nullable =
        Derivation.of(
            grammar.rules(),
            leaf -> leaf instanceof Expression.Literal(String text) && text.isEmpty());
  }

  InvalidRequestException refused(String what) {
    return new InvalidRequestException(parameter, parameter + " " + what);
  }

  private void collect() {
    Deque<Visit> visits = new ArrayDeque<>();
    grammar.rules().values().forEach(expression -> visits.push(new Visit(expression, 1)));
    int parts = 0;
    int tried = 0;
    Map<Expression, Integer> depths = new IdentityHashMap<>();
    while (!visits.isEmpty()) {
      Visit visit = visits.pop();
      if (visit.depth() > GrammarLimits.NESTED_EXPRESSIONS) {
        throw refused(
            "has more than %,d expressions within one another"
                .formatted(GrammarLimits.NESTED_EXPRESSIONS));
      }
      Integer before = depths.get(visit.expression());
      if (++tried > GrammarLimits.VISITS) {
        throw tooMany();
      }
      if (before != null && before >= visit.depth()) {
        continue; // It stands in several places, and has been looked at.
      }
      depths.put(visit.expression(), visit.depth());
      if (++parts > GrammarLimits.PARTS) {
        throw tooMany();
      }
      for (Expression part : Derivation.parts(visit.expression())) {
        visits.push(new Visit(part, visit.depth() + 1));
      }
      if (visit.expression() instanceof Expression.Reference(String rule)) {
        requireRule(rule);
      }
    }
  }

  private InvalidRequestException tooMany() {
    return refused("has more than %,d parts".formatted(GrammarLimits.PARTS));
  }

  private void requireRule(String rule) {
    if (!grammar.rules().containsKey(rule)) {
      throw refused("refers to a rule \"%s\" that there is not".formatted(Excerpt.of(rule)));
    }
  }

  /** Whether the empty text is one of its. */
  boolean isNullable(Expression expression) {
    return nullable.contains(expression);
  }

  /**
   * How often a text comes at the most if the expression is nothing but repetitions of it: the
   * product of their bounds.
   */
  long timesAlone(Expression expression) {
    Deque<Expression> open = new ArrayDeque<>(List.of(expression));
    while (!open.isEmpty()) {
      Expression next = open.peek();
      if (timesAlone.putIfAbsent(next, 1L) == null) { // Until it is known.
        repeated(next).stream().filter(part -> !timesAlone.containsKey(part)).forEach(open::push);
      } else {
        open.pop();
        timesAlone.put(next, timesOf(next));
      }
    }
    return timesAlone.get(expression);
  }

  /** What an expression can be nothing but repetitions of. */
  private List<Expression> repeated(Expression expression) {
    return switch (expression) {
      case Expression.Literal _, Expression.Character _ -> List.of();
      case Expression.Reference(String rule) -> List.of(grammar.rules().get(rule));
      case Expression.Repetition repetition -> List.of(repetition.what());
      case Expression.Choice(List<Expression> options) -> options;
      case Expression.Sequence(List<Expression> parts) -> {
        List<Expression> others = parts.stream().filter(part -> !isNullable(part)).toList();
        yield others.isEmpty() ? parts : others.size() == 1 ? others : List.of();
      }
    };
  }

  private long timesOf(Expression expression) {
    long most = repeated(expression).stream().mapToLong(timesAlone::get).max().orElse(1);
    return expression instanceof Expression.Repetition repetition
        ? saturated(repetition.most().orElse(1), most)
        : most;
  }

  private static long saturated(long a, long b) {
    return a == 0 ? b : Math.min(Long.MAX_VALUE / a, b) * a;
  }
}
