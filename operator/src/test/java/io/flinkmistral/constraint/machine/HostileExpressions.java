package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Grammar;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Grammars that are hard to read: few letters that nearly everything begins with, rules that call
 * each other in the middle of what can be read otherwise, and counts within counts.
 */
public final class HostileExpressions {
  /** All of their texts are of these letters. */
  public static final String LETTERS = "eat";

  private final Random random;
  private final int rules;

  private HostileExpressions(Random random) {
    this.random = random;
    this.rules = 1 + random.nextInt(12);
  }

  public static Grammar grammar(long seed) {
    HostileExpressions hostile = new HostileExpressions(new Random(seed));
    Map<String, Expression> all = new LinkedHashMap<>();
    for (int i = 0; i < hostile.rules; i++) {
      all.put("r" + i, hostile.rule());
    }
    return new Grammar(all, "r0");
  }

  /**
   * {@code s ::= "e" s "e" | "e" s | "e"}, over some letters: each text can be read in 2^n ways.
   */
  public static Grammar mirrors(String letters) {
    List<Expression> options = new ArrayList<>();
    Reference s = new Reference("s");
    for (char letter : letters.toCharArray()) {
      Literal one = new Literal(String.valueOf(letter));
      options.add(Sequence.of(one, s, one));
      options.add(Sequence.of(one, s));
      options.add(one);
    }
    return new Grammar(Map.of("root", s, "s", new Choice(options)), "root");
  }

  /** Each rule can end, and begins with a letter. */
  private Expression rule() {
    List<Expression> options = new ArrayList<>(List.of(letters()));
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      options.add(Sequence.of(letters(), part(3), part(3)));
    }
    return new Choice(options);
  }

  private Expression part(int depth) {
    return switch (random.nextInt(depth == 0 ? 3 : 8)) {
      case 0 -> letters();
      case 1, 2 -> new Reference("r" + random.nextInt(rules));
      case 3 -> Sequence.of(part(depth - 1), letters(), part(depth - 1));
      case 4 ->
          new Choice(
              IntStream.range(0, 1 + random.nextInt(9)).mapToObj(_ -> part(depth - 1)).toList());
      case 5 -> new Repetition(part(depth - 1), 0, OptionalInt.empty());
      default ->
          new Repetition(
              part(depth - 1),
              random.nextInt(3),
              OptionalInt.of(3 + (1 << random.nextInt(9)) + random.nextInt(40)));
    };
  }

  private Expression letters() {
    return switch (random.nextInt(3)) {
      case 0 -> new Expression.Character(CodePoints.in(LETTERS));
      case 1 -> new Expression.Character(CodePoints.in(LETTERS.substring(random.nextInt(2))));
      default -> new Literal(LETTERS.substring(0, 1 + random.nextInt(LETTERS.length())));
    };
  }
}
