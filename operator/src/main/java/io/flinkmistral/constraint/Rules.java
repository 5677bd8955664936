package io.flinkmistral.constraint;

import io.flinkmistral.protocol.Excerpt;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Collects the rules of a grammar, as many as are allowed. */
public final class Rules {
  /** Parts of all expressions together. */
  static final int MAX_PARTS = 200_000;

  private final Map<String, Expression> rules = new LinkedHashMap<>();
  private final Place place;

  /** A set of characters counts once by its size. */
  private final Set<CodePoints> sets = new HashSet<>();

  private int parts;
  private int names;

  /**
   * @param place what to blame if it becomes too much
   */
  public Rules(Place place) {
    this.place = place;
  }

  /** A name that no other rule has. */
  public Expression.Reference fresh(String stem) {
    return new Expression.Reference(Excerpt.of(stem) + "#" + names++);
  }

  public void define(Expression.Reference rule, Expression expression) {
    parts += size(expression);
    if (parts > MAX_PARTS) {
      throw place.refused("becomes a grammar of more than %,d parts".formatted(MAX_PARTS));
    }
    if (rules.put(rule.rule(), expression) != null) {
      throw new IllegalStateException("rule %s is there already".formatted(rule.rule()));
    }
  }

  public boolean has(Expression.Reference rule) {
    return rules.containsKey(rule.rule());
  }

  /** What is collected, without what leads nowhere; refused if no text is left. */
  public Grammar grammar(Expression.Reference root) {
    return Productive.of(rules, root.rule(), place);
  }

  private int size(Expression expression) {
    return switch (expression) {
      case Expression.Literal _, Expression.Reference _ -> 1;
      case Expression.Character character ->
          sets.add(character.oneOf()) ? 1 + character.oneOf().ranges().size() / 8 : 1;
      case Expression.Sequence sequence -> 1 + sequence.parts().stream().mapToInt(this::size).sum();
      case Expression.Choice choice -> 1 + choice.options().stream().mapToInt(this::size).sum();
      case Expression.Repetition repetition -> 1 + size(repetition.what());
    };
  }
}
