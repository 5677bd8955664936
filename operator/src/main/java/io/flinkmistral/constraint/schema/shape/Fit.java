package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.shape.Shape.Arrays;
import io.flinkmistral.constraint.schema.shape.Shape.Bound;
import io.flinkmistral.constraint.schema.shape.Shape.Constant;
import io.flinkmistral.constraint.schema.shape.Shape.Numbers;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import io.flinkmistral.constraint.schema.shape.Shape.Plain;
import io.flinkmistral.constraint.schema.shape.Shape.Strings;
import io.flinkmistral.constraint.schema.text.Format;
import io.flinkmistral.protocol.Excerpt;
import java.math.BigDecimal;
import java.util.HashSet;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/** Whether a value that the schema itself gives ({@code const}, {@code enum}) fits a shape. */
public final class Fit {
  /** To compare two values. */
  private static final long STEPS_A_PAIR = 2;

  private final Shapes shapes;

  Fit(Shapes shapes) {
    this.shapes = shapes;
  }

  boolean admits(Shape shape, JsonNode value, Place place) {
    shapes.effort().spend(1, place);
    return shape.type() == JsonType.of(value)
        && switch (shape) {
          case Plain _ -> true;
          case Constant constant -> isSame(constant.value(), value);
          case Numbers numbers -> admits(numbers, value.decimalValue(), place);
          case Strings strings -> admits(strings, value.stringValue(), place);
          case Arrays arrays -> admits(arrays, value, place);
          case Objects objects -> admits(objects, value, place);
        };
  }

  private boolean admits(Numbers numbers, BigDecimal value, Place place) {
    long digits = digits(value);
    for (BigDecimal of : numbers.multiplesOf()) {
      digits += digits(value) + digits(of);
    }
    shapes.effort().spend(digits, place);
    return (!numbers.integer() || isWhole(value))
        && numbers.least().map(bound -> isBeyond(value, bound, 1)).orElse(true)
        && numbers.most().map(bound -> isBeyond(value, bound, -1)).orElse(true)
        && numbers.multiplesOf().stream().allMatch(of -> value.remainder(of).signum() == 0);
  }

  /** That arithmetic has to do with. */
  private static long digits(BigDecimal value) {
    return (long) value.precision() + Math.abs(value.scale());
  }

  private static boolean isWhole(BigDecimal value) {
    return value.scale() <= 0 || value.remainder(BigDecimal.ONE).signum() == 0;
  }

  private static boolean isBeyond(BigDecimal value, Bound bound, int sign) {
    int order = sign * value.compareTo(bound.value());
    return order > 0 || order == 0 && bound.inclusive();
  }

  private static boolean isWithin(int count, int least, OptionalInt most) {
    return count >= least && (most.isEmpty() || count <= most.getAsInt());
  }

  private boolean admits(Strings strings, String value, Place place) {
    for (Format format : strings.formats()) {
      if (!shapes.texts().isOf(format, value, place)) {
        if (!format.isExact()) {
          throw place.refused(
              "whether \"%s\" is of the format %s cannot be told here; leave the format away"
                  .formatted(Excerpt.of(value), format.word()));
        }
        return false;
      }
    }
    return isWithin(value.codePointCount(0, value.length()), strings.least(), strings.most())
        && strings.patterns().stream()
            .allMatch(pattern -> shapes.texts().matches(pattern, value, place));
  }

  private boolean admits(Arrays arrays, JsonNode value, Place place) {
    for (int i = 0; i < value.size(); i++) {
      if (!shapes.fits(arrays.element(i), value.get(i), place)) {
        return false;
      }
    }
    return isWithin(value.size(), arrays.least(), arrays.most())
        && (arrays.distinct().isEmpty() || areDistinct(value, place));
  }

  private boolean areDistinct(JsonNode array, Place place) {
    shapes.effort().spend(STEPS_A_PAIR * array.size() * array.size(), place);
    for (int i = 0; i < array.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (isSame(array.get(i), array.get(j))) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean admits(Objects objects, JsonNode value, Place place) {
    for (String name : value.propertyNames()) {
      if (!shapes.fits(shapes.property(objects, name, place), value.get(name), place)) {
        return false;
      }
      for (Goal names : objects.names()) {
        JsonNode text = StringNode.valueOf(name);
        if (!shapes.fits(names, text, place)) {
          return false;
        }
      }
    }
    return isWithin(value.size(), objects.least(), objects.most())
        && objects.required().stream().allMatch(value::has);
  }

  /** As JSON schema has it: 1 is 1.0, and members have no order. */
  public static boolean isSame(JsonNode a, JsonNode b) {
    JsonType type = JsonType.of(a);
    if (type != JsonType.of(b)) {
      return false;
    }
    return switch (type) {
      case NULL -> true;
      case BOOLEAN, STRING -> a.equals(b);
      case NUMBER -> a.decimalValue().compareTo(b.decimalValue()) == 0;
      case ARRAY -> {
        boolean same = a.size() == b.size();
        for (int i = 0; same && i < a.size(); i++) {
          same = isSame(a.get(i), b.get(i));
        }
        yield same;
      }
      case OBJECT -> {
        Set<String> names = new HashSet<>(a.propertyNames());
        yield names.equals(new HashSet<>(b.propertyNames()))
            && names.stream().allMatch(name -> isSame(a.get(name), b.get(name)));
      }
    };
  }
}
