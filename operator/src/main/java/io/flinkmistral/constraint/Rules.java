package io.flinkmistral.constraint;

import io.flinkmistral.protocol.Excerpt;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Collects the rules of a grammar, as many as are allowed. */
public final class Rules {
  /** Parts of all expressions together. */
  static final int MAX_PARTS = 200_000;

  /** What is made of a part takes as much work and memory as many other steps do. */
  private static final long STEPS_A_PART = 20;

  private final Map<String, Expression> rules = new LinkedHashMap<>();
  private final Effort effort;
  private final Place place;

  /** A set of characters counts once by its size. */
  private final Set<CodePoints> sets = Collections.newSetFromMap(new IdentityHashMap<>());

  private int parts;
  private int names;

  /**
   * @param effort that the grammar may take, with all else that is made of it
   * @param place what to blame if it becomes too much
   */
  public Rules(Effort effort, Place place) {
    this.effort = effort;
    this.place = place;
  }

  /** A name that no other rule has. */
  public Expression.Reference fresh(String stem) {
    return new Expression.Reference(Excerpt.of(stem) + "#" + names++);
  }

  public void define(Expression.Reference rule, Expression expression) {
    int size = size(expression);
    effort.spend(STEPS_A_PART * size, place);
    parts += size;
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
      case Expression.Literal(String text) -> 1 + text.length() / 16;
      case Expression.Reference _ -> 1;
      case Expression.Character character ->
          sets.add(character.oneOf()) ? 1 + character.oneOf().ranges().size() / 8 : 1;
      case Expression.Sequence sequence -> 1 + sequence.parts().stream().mapToInt(this::size).sum();
      case Expression.Choice choice -> 1 + choice.options().stream().mapToInt(this::size).sum();
      case Expression.Repetition repetition -> 1 + size(repetition.what());
    };
  }
}
