package io.flinkmistral.constraint.machine.program;

/**
 * Beyond what a grammar is refused, and what is not followed, so that time and memory are bounded.
 */
public final class GrammarLimits {
  /** Rules of a grammar. */
  static final int RULES = 50_000;

  /** Parts of all expressions. */
  static final int PARTS = 250_000;

  /** Of expressions that stand in several places: as often as they are come to. */
  static final int VISITS = 1_000_000;

  /** Expressions within one another. */
  static final int NESTED_EXPRESSIONS = 500;

  /** Nodes of a program; those with many ranges of bytes count more than once. */
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
  public static final int DEPTH = 1_000;

  /** Of work from one byte of a text to the next. */
  public static final int STEPS = 40_000;

  /** Of work to find out what can follow a text, over all that is tried. */
  public static final int STEPS_OF_A_WALK = 200_000;

  /** Of work to find out what must follow a text: it is a line, and has no branches. */
  public static final int STEPS_OF_A_LINE = 20_000;

  /** Sets of stacks and frames that a text can be in the middle of: a few megabytes. */
  public static final int WEIGHT = 40_000;

  /** Memory of a machine for the states that it has seen, about, in bytes. */
  public static final long MEMORY = 8L << 20;

  private GrammarLimits() {}
}
