package io.flinkmistral.constraint;

/**
 * How much work one grammar may cost before it is refused: a short text can ask for exponential
 * work. It is counted in steps, not in time, so that the same text is refused on any machine.
 */
public final class Effort {
  /** A few hundred milliseconds. */
  private static final long STEPS = 20_000_000;

  private long left = STEPS;

  /** Counts steps of work that {@code place} asks for. */
  public void spend(long steps, Place place) {
    left -= steps;
    if (left < 0) {
      throw place.refused("asks for more than %,d steps of work; simplify it".formatted(STEPS));
    }
  }
}
