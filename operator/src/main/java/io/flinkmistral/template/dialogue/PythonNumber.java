package io.flinkmistral.template.dialogue;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Optional;

/**
 * Numbers of JSON as Python spells what it has read: {@code str} of an int, {@code repr} of a
 * float.
 */
final class PythonNumber {
  private PythonNumber() {}

  /** JSON has one spelling of each integer, but for zero. */
  static String ofInteger(String json) {
    return json.equals("-0") ? "0" : json;
  }

  /** Nothing for words that Java's parser takes for numbers and Python's does not. */
  static Optional<String> ofFloat(String json) {
    return switch (json) {
      case "NaN", "Infinity", "-Infinity" -> Optional.of(json);
      case "INF", "+INF", "-INF", "+Infinity", "+NaN", "-NaN" -> Optional.empty();
      default -> Optional.of(repr(Double.parseDouble(json)));
    };
  }

  /**
   * The fewest digits that are read back as the number, with an exponent where the point would
   * stand more than 16 digits to the right, or more than 3 zeros to the left, of the first digit.
   */
  private static String repr(double value) {
    if (value == 0 || Double.isInfinite(value)) {
      return Double.toString(value);
    }
    String sign = value < 0 ? "-" : "";
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale();
    if (point > 16 || point <= -4) {
      String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
      int exponent = point - 1;
      return "%s%s%se%s%02d"
          .formatted(
              sign, digits.charAt(0), fraction, exponent < 0 ? "-" : "+", Math.abs(exponent));
    }
    String plain = shortest.toPlainString();
    return sign + (plain.indexOf('.') < 0 ? plain + ".0" : plain);
  }

  /** Java writes two digits where one would do, which matters next to zero: 4.9E-324 for 5e-324. */
  private static BigDecimal shortest(double value) {
    BigDecimal digits = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (digits.precision() == 2) {
      BigDecimal one = digits.round(new MathContext(1)).stripTrailingZeros();
      if (one.doubleValue() == value) {
        return one;
      }
    }
    return digits;
  }
}
