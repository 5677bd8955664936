package io.flinkmistral.evaluation.statistics;

/**
 * McNemar's test (Psychometrika 12, 1947), exact: were as many questions lost as won, the one that
 * changed would be each with probability one half.
 *
 * @param lost questions that the first alone has right
 * @param won questions that the second alone has right
 */
public record McNemar(long lost, long won) {
  /**
   * How probable so great a difference is where both are equally good: twice the binomial tail, at
   * most 1.
   */
  public double probability() {
    long changed = lost + won;
    long fewer = Math.min(lost, won);
    // Logarithms of C(n, i) / 2^n, each from the one before.
    double term = -changed * StrictMath.log(2);
    double tail = StrictMath.exp(term);
    for (long i = 0; i < fewer; i++) {
      term += StrictMath.log((double) (changed - i) / (i + 1));
      tail += StrictMath.exp(term);
    }
    return Math.min(1, 2 * tail);
  }
}
