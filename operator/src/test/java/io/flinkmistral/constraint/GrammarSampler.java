package io.flinkmistral.constraint;

import io.flinkmistral.constraint.CodePoints.Range;
import io.flinkmistral.constraint.Expression.Character;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/** Draws texts of a grammar: any at first, and those that end soonest once they are long. */
public final class GrammarSampler {
  private static final int NEVER = 1 << 28;

  private final Grammar grammar;
  private final Random random;
  private final Map<String, Integer> shortest = new HashMap<>();
  private final StringBuilder text = new StringBuilder();
  private int budget;

  public GrammarSampler(Grammar grammar, long seed) {
    this.grammar = grammar;
    this.random = new Random(seed);
    Map<String, Set<String>> users = new HashMap<>();
    grammar
        .rules()
        .forEach(
            (name, expression) ->
                uses(expression)
                    .forEach(used -> users.computeIfAbsent(used, _ -> new HashSet<>()).add(name)));
    Deque<String> open = new ArrayDeque<>(grammar.rules().keySet());
    while (!open.isEmpty()) {
      String name = open.poll();
      int length = shortest(grammar.rules().get(name));
      if (length < shortest.getOrDefault(name, NEVER)) {
        shortest.put(name, length);
        open.addAll(users.getOrDefault(name, Set.of()));
      }
    }
  }

  private static Stream<String> uses(Expression expression) {
    return switch (expression) {
      case Literal _, Character _ -> Stream.of();
      case Reference reference -> Stream.of(reference.rule());
      case Sequence sequence -> sequence.parts().stream().flatMap(GrammarSampler::uses);
      case Choice choice -> choice.options().stream().flatMap(GrammarSampler::uses);
      case Repetition repetition -> uses(repetition.what());
    };
  }

  /**
   * @param length after about as many characters the text goes towards its end
   */
  public String draw(int length) {
    text.setLength(0);
    budget = length;
    draw(new Reference(grammar.root()));
    return text.toString();
  }

  private int shortest(Expression expression) {
    return switch (expression) {
      case Literal literal -> literal.text().length();
      case Character character -> character.oneOf().isEmpty() ? NEVER : 1;
      // One more for the way: of two equal ones the rule that is nearer to its end is taken.
      case Reference reference -> cap(1L + shortest.getOrDefault(reference.rule(), NEVER));
      case Sequence sequence -> cap(sequence.parts().stream().mapToLong(this::shortest).sum());
      case Choice choice -> choice.options().stream().mapToInt(this::shortest).min().orElse(NEVER);
      case Repetition repetition -> cap((long) repetition.least() * shortest(repetition.what()));
    };
  }

  private static int cap(long length) {
    return (int) Math.min(length, NEVER);
  }

  private void draw(Expression first) {
    Expression expression = first;
    while (true) {
      switch (expression) {
        case Literal literal -> {
          text.append(literal.text());
          return;
        }
        case Character character -> {
          text.appendCodePoint(draw(character.oneOf()));
          return;
        }
        case Reference reference -> expression = grammar.rules().get(reference.rule());
        case Sequence sequence -> {
          if (sequence.parts().isEmpty()) {
            return;
          }
          sequence.parts().subList(0, sequence.parts().size() - 1).forEach(this::draw);
          expression = sequence.parts().getLast();
        }
        case Choice choice -> expression = option(choice.options());
        case Repetition repetition -> {
          int times = times(repetition);
          for (int i = 0; i < times; i++) {
            draw(repetition.what());
          }
          return;
        }
      }
    }
  }

  private Expression option(List<Expression> options) {
    int least = options.stream().mapToInt(this::shortest).min().orElseThrow();
    List<Expression> possible =
        options.stream()
            .filter(
                option ->
                    text.length() < budget ? shortest(option) < NEVER : shortest(option) == least)
            .toList();
    return possible.get(random.nextInt(possible.size()));
  }

  private int times(Repetition repetition) {
    int least = repetition.least();
    if (text.length() >= budget || shortest(repetition.what()) >= NEVER) {
      return least;
    }
    int most = Math.min(repetition.most().orElse(Integer.MAX_VALUE), least + 3);
    return least + random.nextInt(most - least + 1);
  }

  private int draw(CodePoints oneOf) {
    List<Range> ranges = oneOf.ranges();
    Range range = ranges.get(random.nextInt(random.nextBoolean() ? 1 : ranges.size()));
    int last = random.nextInt(4) > 0 ? Math.min(range.last(), range.first() + 100) : range.last();
    return random.nextInt(range.first(), last + 1);
  }
}
