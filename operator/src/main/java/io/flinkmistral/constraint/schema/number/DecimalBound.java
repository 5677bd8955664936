package io.flinkmistral.constraint.schema.number;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.shape.Shape.Bound;
import java.math.BigDecimal;

/**
 * A bound that is not negative, by its digits.
 *
 * @param whole without leading zeros: 0 is {@code 0}
 * @param fraction without trailing zeros
 */
record DecimalBound(String whole, String fraction, boolean inclusive) {
  static DecimalBound of(Bound bound, Place place) {
    BigDecimal value =
        bound.value().signum() == 0 ? BigDecimal.ZERO : bound.value().stripTrailingZeros();
    if (value.precision() - value.scale() > NumberWriter.MAX_BOUND_DIGITS
        || value.scale() > NumberWriter.MAX_BOUND_DIGITS) {
      throw place.refused(
          "a bound has more than %d digits".formatted(NumberWriter.MAX_BOUND_DIGITS));
    }
    String text = value.toPlainString();
    int point = text.indexOf('.');
    return point < 0
        ? new DecimalBound(text, "", bound.inclusive())
        : new DecimalBound(text.substring(0, point), text.substring(point + 1), bound.inclusive());
  }

  int digits() {
    return whole.length() + fraction.length();
  }

  /** The digit of that place behind the point. */
  int fraction(int index) {
    return index < fraction.length() ? fraction.charAt(index) - '0' : 0;
  }

  int whole(int index) {
    return whole.charAt(index) - '0';
  }
}
