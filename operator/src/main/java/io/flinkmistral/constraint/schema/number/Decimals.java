package io.flinkmistral.constraint.schema.number;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.automaton.Automaton;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Decimal numbers without a sign between two bounds, as {@code 0}, {@code 12} or {@code 0.50}.
 *
 * @param digits at most as many in all, and {@link NumberWriter#MAX_BOUND_DIGITS} before the point
 * @param places at most as many behind the point
 * @param remainders by what the digits are a multiple of, were there always {@code places} of them
 * @param isStepped whether there is such a multiple, so that places are exact
 */
record Decimals(
    DecimalBound least,
    Optional<DecimalBound> most,
    int digits,
    int places,
    Remainders remainders,
    boolean isStepped) {
  private static final int POINT = 10;

  private enum Part {
    NOTHING,
    ZERO,
    WHOLE,
    POINT,
    FRACTION
  }

  /**
   * @param count digits so far
   * @param behind digits behind the point so far
   * @param low how the digits so far compare with the lower bound's
   * @param high the same for the upper one
   */
  private record State(Part part, int count, int behind, int low, int high, int remainder) {}

  Automaton automaton(Effort effort, Place place) {
    List<CodePoints> symbols = new ArrayList<>();
    for (char digit = '0'; digit <= '9'; digit++) {
      symbols.add(CodePoints.in(String.valueOf(digit)));
    }
    if (places > 0) {
      symbols.add(CodePoints.in("."));
    }
    return Automaton.explore(
        symbols, new State(Part.NOTHING, 0, 0, 0, 0, 0), this::step, this::accepts, effort, place);
  }

  private State step(State state, int symbol) {
    return symbol == POINT ? point(state) : digit(state, symbol);
  }

  private State point(State state) {
    return switch (state.part()) {
      case NOTHING, POINT, FRACTION -> null;
      case ZERO, WHOLE ->
          state.count() == digits
              ? null
              : new State(
                  Part.POINT,
                  state.count(),
                  0,
                  wholeOrder(state, state.low(), least),
                  most.map(bound -> wholeOrder(state, state.high(), bound)).orElse(-1),
                  state.remainder());
    };
  }

  /** More digits are more; of as many, the first that differ decide. */
  private static int wholeOrder(State state, int sofar, DecimalBound bound) {
    int order = Integer.compare(state.count(), bound.whole().length());
    return order == 0 ? sofar : order;
  }

  private State digit(State state, int digit) {
    boolean isWhole = state.part() == Part.ZERO || state.part() == Part.WHOLE;
    if (state.part() != Part.NOTHING
        && (state.count() == digits || isWhole && state.count() == NumberWriter.MAX_BOUND_DIGITS)) {
      return null;
    }
    int remainder = remainders.after(state.remainder(), digit);
    return switch (state.part()) {
      case ZERO -> null;
      case NOTHING, WHOLE ->
          new State(
              state.part() == Part.NOTHING && digit == 0 ? Part.ZERO : Part.WHOLE,
              state.count() + 1,
              0,
              wholeStep(state, digit, state.low(), least),
              most.map(bound -> wholeStep(state, digit, state.high(), bound)).orElse(-1),
              remainder);
      case POINT, FRACTION ->
          state.behind() == places
              ? null
              : new State(
                  Part.FRACTION,
                  state.count() + 1,
                  state.behind() + 1,
                  fractionStep(state, digit, state.low(), least),
                  most.map(bound -> fractionStep(state, digit, state.high(), bound)).orElse(-1),
                  remainder);
    };
  }

  private static int wholeStep(State state, int digit, int sofar, DecimalBound bound) {
    return sofar != 0 || state.count() >= bound.whole().length()
        ? sofar
        : Integer.compare(digit, bound.whole(state.count()));
  }

  private static int fractionStep(State state, int digit, int sofar, DecimalBound bound) {
    return sofar != 0 ? sofar : Integer.compare(digit, bound.fraction(state.behind()));
  }

  private boolean accepts(State state) {
    return switch (state.part()) {
      case NOTHING, POINT -> false;
      case ZERO, WHOLE ->
          isStep(state)
              && isBetween(
                  state,
                  wholeOrder(state, state.low(), least),
                  most.map(bound -> wholeOrder(state, state.high(), bound)).orElse(-1));
      case FRACTION -> isStep(state) && isBetween(state, state.low(), state.high());
    };
  }

  private boolean isStep(State state) {
    int remainder = state.remainder();
    for (int i = state.behind(); isStepped && i < places; i++) {
      remainder = remainders.after(remainder, 0);
    }
    return remainder == 0;
  }

  private boolean isBetween(State state, int low, int high) {
    int lowest = end(state, low, least);
    int highest = most.map(bound -> end(state, high, bound)).orElse(-1);
    return (lowest > 0 || lowest == 0 && least.inclusive())
        && (highest < 0 || highest == 0 && most.orElseThrow().inclusive());
  }

  /** Digits of the bound that the number has not are more than none. */
  private static int end(State state, int order, DecimalBound bound) {
    return order == 0 && bound.fraction().length() > state.behind() ? -1 : order;
  }
}
