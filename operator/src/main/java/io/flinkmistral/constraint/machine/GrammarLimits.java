package io.flinkmistral.constraint.machine;

/**
 * Beyond what a grammar is refused, and what is not followed, so that time and memory are bounded.
 */
final class GrammarLimits {
  /** Rules of a grammar. */
  static final int RULES = 50_000;

  /** Parts of all expressions. */
  static final int PARTS = 250_000;

  /** Expressions within one another. */
  static final int NESTED_EXPRESSIONS = 500;

  /** Nodes of a program. */
  static final int NODES = 400_000;

  /**
   * How often a text is repeated by repetitions that are nothing but repetitions of each other.
   * Each count of the inner one has to be followed with each of the outer one.
   */
  static final long TIMES = 100_000;

  /**
   * Rules and repetitions within one another that a text may be in the middle of. Texts that need
   * more are not followed: an answer never begins what it could not end.
   */
  static final int DEPTH = 1_000;

  /** Ways to read a text that are followed; of more, the last ones are not. */
  static final int WAYS = 4_000;

  /** Memory of a machine for the states that it has seen, about, in bytes. */
  static final long MEMORY = 8L << 20;

  private GrammarLimits() {}
}
