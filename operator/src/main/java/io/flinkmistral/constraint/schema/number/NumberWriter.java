package io.flinkmistral.constraint.schema.number;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.Rules;
import io.flinkmistral.constraint.automaton.Automaton;
import io.flinkmistral.constraint.schema.shape.Shape.Bound;
import io.flinkmistral.constraint.schema.shape.Shape.Numbers;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Writes numbers as decimal digits: a sign, then an automaton that compares the digits with both
 * bounds as they come, and knows their remainder.
 *
 * <p>There are at most 15 digits, unless a bound has more: decimals of 15 digits are different and
 * in the same order as {@code double}s, so a validator that reads them as such agrees. There is no
 * exponent: what is read as a number of 64 bits by some does not leave their range.
 */
public final class NumberWriter {
  static final int DIGITS = 15;
  static final int MAX_BOUND_DIGITS = 40;

  /** Of what numbers are a multiple of: thrice the digits of a number in a schema. */
  private static final int MAX_STEP_BITS = 8_000;

  /** As many values are written one by one. */
  private static final int FEW = 1_000;

  private final Numbers numbers;
  private final Effort effort;
  private final Place place;

  public NumberWriter(Numbers numbers, Effort effort, Place place) {
    this.numbers = numbers;
    this.effort = effort;
    this.place = place;
  }

  public Expression write(Rules rules) {
    Optional<BigDecimal> step = step();
    Optional<Automaton> few = step.flatMap(this::few);
    if (few.isPresent()) {
      return write(few.get(), rules);
    }
    List<Expression> options = new ArrayList<>();
    positive(step).ifPresent(a -> options.add(write(a, rules)));
    negative(step).ifPresent(a -> options.add(Sequence.of(new Literal("-"), write(a, rules))));
    return options.size() == 1 ? options.getFirst() : new Choice(options);
  }

  private Expression write(Automaton automaton, Rules rules) {
    return automaton.write(rules, NumberWriter::digits, effort, place);
  }

  private static Expression digits(CodePoints digits) {
    Range first = digits.ranges().getFirst();
    return digits.ranges().size() == 1 && first.first() == first.last()
        ? new Literal(Character.toString(first.first()))
        : new Expression.Character(digits);
  }

  /** What all numbers are a multiple of: the least common multiple of all that is said. */
  private Optional<BigDecimal> step() {
    List<BigDecimal> steps = new ArrayList<>(numbers.multiplesOf());
    if (numbers.integer()) {
      steps.add(BigDecimal.ONE);
    }
    return steps.stream()
        .reduce(
            (a, b) -> {
              int scale = Math.max(0, Math.max(a.scale(), b.scale()));
              BigInteger left = a.setScale(scale).unscaledValue();
              BigInteger right = b.setScale(scale).unscaledValue();
              effort.spend((long) left.bitLength() + right.bitLength(), place);
              BigInteger common = left.multiply(right).divide(left.gcd(right));
              if (common.bitLength() > MAX_STEP_BITS) {
                throw place
                    .in("multipleOf")
                    .refused("what all of them have in common has too many digits");
              }
              return new BigDecimal(common, scale).stripTrailingZeros();
            });
  }

  /** Each multiple between the bounds, if they are few. */
  private Optional<Automaton> few(BigDecimal step) {
    if (numbers.least().isEmpty() || numbers.most().isEmpty()) {
      return Optional.empty();
    }
    Bound least = numbers.least().get();
    Bound most = numbers.most().get();
    BigDecimal first = least.value().divide(step, 0, RoundingMode.CEILING);
    BigDecimal last = most.value().divide(step, 0, RoundingMode.FLOOR);
    if (last.subtract(first).compareTo(BigDecimal.valueOf(FEW)) > 0) {
      return Optional.empty();
    }
    List<String> texts = new ArrayList<>();
    for (BigDecimal i = first; i.compareTo(last) <= 0; i = i.add(BigDecimal.ONE)) {
      BigDecimal value = i.multiply(step);
      boolean isIn =
          (least.inclusive() || value.compareTo(least.value()) > 0)
              && (most.inclusive() || value.compareTo(most.value()) < 0);
      if (isIn) {
        String text = value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
        texts.add(text);
      }
    }
    return Optional.of(Automaton.ofTexts(texts, effort, place));
  }

  private Optional<Automaton> positive(Optional<BigDecimal> step) {
    Bound zero = new Bound(BigDecimal.ZERO, true);
    if (numbers.most().filter(most -> isBelow(most, zero)).isPresent()) {
      return Optional.empty();
    }
    Bound least = Bound.greater(numbers.least(), Optional.of(zero)).orElseThrow();
    return Optional.of(automaton(least, numbers.most(), step));
  }

  private static boolean isBelow(Bound most, Bound zero) {
    int sign = most.value().compareTo(zero.value());
    return sign < 0 || sign == 0 && !most.inclusive();
  }

  /** Of numbers below zero, without the sign. */
  private Optional<Automaton> negative(Optional<BigDecimal> step) {
    if (numbers.least().filter(least -> least.value().signum() >= 0).isPresent()) {
      return Optional.empty();
    }
    Bound zero = new Bound(BigDecimal.ZERO, false);
    Bound least =
        Bound.greater(numbers.most().map(NumberWriter::negated), Optional.of(zero)).orElseThrow();
    return Optional.of(automaton(least, numbers.least().map(NumberWriter::negated), step));
  }

  private static Bound negated(Bound bound) {
    return new Bound(bound.value().negate(), bound.inclusive());
  }

  private Automaton automaton(Bound least, Optional<Bound> most, Optional<BigDecimal> step) {
    DecimalBound low = DecimalBound.of(least, place);
    // One with more digits than a number can have before its point bounds none.
    Optional<DecimalBound> high =
        most.filter(bound -> bound.value().precision() - bound.value().scale() <= MAX_BOUND_DIGITS)
            .map(bound -> DecimalBound.of(bound, place));
    int digits = Math.max(DIGITS, Math.max(low.digits(), high.map(DecimalBound::digits).orElse(0)));
    int places = step.map(value -> Math.max(0, value.scale())).orElse(DIGITS);
    if (places > MAX_BOUND_DIGITS) {
      throw place.in("multipleOf").refused("has more than %d places".formatted(MAX_BOUND_DIGITS));
    }
    BigInteger modulus =
        step.map(value -> value.setScale(Math.max(0, value.scale())).unscaledValue())
            .orElse(BigInteger.ONE);
    if (modulus.compareTo(BigInteger.valueOf(Remainders.MAX_MODULUS)) > 0) {
      throw place
          .in("multipleOf")
          .refused("is too large to be enforced without narrow bounds; leave it away");
    }
    effort.spend(20L * modulus.intValue(), place);
    Remainders remainders = new Remainders(modulus.intValue());
    return new Decimals(low, high, Math.max(digits, places), places, remainders, step.isPresent())
        .automaton(effort, place);
  }
}
