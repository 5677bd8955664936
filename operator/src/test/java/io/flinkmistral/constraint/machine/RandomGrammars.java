package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Small grammars over few characters, of one, two and three bytes. */
public final class RandomGrammars {
  /** All characters that their texts are of. */
  public static final List<String> ALPHABET = List.of("a", "b", "\u00e9", "\u20ac");

  private final Random random;
  private int rules;

  private RandomGrammars(Random random) {
    this.random = random;
  }

  public static Grammar of(Random random) {
    return new RandomGrammars(random).grammar();
  }

  private Grammar grammar() {
    rules = 1 + random.nextInt(3);
    Map<String, Expression> expressions = new LinkedHashMap<>();
    for (int i = 0; i < rules; i++) {
      expressions.put("r" + i, expression(3));
    }
    return new Grammar(expressions, "r0");
  }

  private Expression expression(int depth) {
    return switch (random.nextInt(depth == 0 ? 3 : 9)) {
      case 0 -> new Expression.Literal(text(random.nextInt(4)));
      case 1 -> new Expression.Character(characters());
      case 2 -> new Expression.Reference("r" + random.nextInt(rules));
      case 3, 4 -> new Expression.Sequence(some(() -> expression(depth - 1)));
      case 5, 6 -> new Expression.Choice(some(() -> expression(depth - 1)));
      default -> repetition(depth);
    };
  }

  private Expression repetition(int depth) {
    int least = random.nextInt(3);
    OptionalInt most =
        random.nextInt(3) == 0 ? OptionalInt.empty() : OptionalInt.of(least + random.nextInt(3));
    return new Expression.Repetition(expression(depth - 1), least, most);
  }

  private List<Expression> some(Supplier<Expression> one) {
    return Stream.generate(one).limit(random.nextInt(4)).toList();
  }

  private String text(int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(ALPHABET.get(random.nextInt(ALPHABET.size())));
    }
    return text.toString();
  }

  private CodePoints characters() {
    List<CodePoints.Range> ranges = new ArrayList<>();
    for (String one : ALPHABET) {
      if (random.nextBoolean()) {
        ranges.add(new CodePoints.Range(one.codePointAt(0), one.codePointAt(0)));
      }
    }
    return CodePoints.of(ranges);
  }
}
