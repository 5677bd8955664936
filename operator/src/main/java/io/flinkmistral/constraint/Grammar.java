package io.flinkmistral.constraint;

import java.util.Map;

/**
 * Which texts an answer may be: the texts of the root rule's expression. What it says is about
 * characters (Unicode code points), not about tokens.
 *
 * @param rules expressions by name; each {@link Expression.Reference} names one of them
 * @param root the name of the rule that the whole answer is of
 */
public record Grammar(Map<String, Expression> rules, String root) {
  public Grammar {
    rules = Map.copyOf(rules);
    if (!rules.containsKey(root)) {
      throw new IllegalArgumentException("there is no rule " + root);
    }
  }

  /** The texts of one expression without references. */
  public static Grammar of(Expression expression) {
    return new Grammar(Map.of("root", expression), "root");
  }
}
