package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.shape.Shape.Constant;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.BooleanNode;

/** All values but some: of whole types, truth values, or objects by a property that they have. */
final class Complement {
  private Complement() {}

  static List<Shape> of(List<Shape> shapes, Place place) {
    List<Shape> others = new ArrayList<>();
    for (JsonType type : JsonType.values()) {
      List<Shape> ofType = shapes.stream().filter(shape -> shape.type() == type).toList();
      if (ofType.isEmpty()) {
        others.add(type.all());
      } else if (!ofType.contains(type.all())) {
        others.addAll(of(type, ofType, place));
      }
    }
    return others;
  }

  private static List<Shape> of(JsonType type, List<Shape> shapes, Place place) {
    return switch (type) {
      case NULL -> List.of();
      case BOOLEAN ->
          List.of(true, false).stream()
              .<Shape>map(value -> new Constant(BooleanNode.valueOf(value)))
              .filter(value -> !shapes.contains(value))
              .toList();
      case OBJECT -> withoutProperties(shapes, place);
      case NUMBER, STRING, ARRAY -> throw refused(type, place);
    };
  }

  private static List<Shape> withoutProperties(List<Shape> shapes, Place place) {
    if (shapes.size() > 1
        || !(shapes.getFirst() instanceof Objects objects)
        || objects.required().isEmpty()
        || !objects.equals(Objects.ALL.requiring(List.copyOf(objects.required())))) {
      throw refused(JsonType.OBJECT, place);
    }
    return objects.required().stream()
        .<Shape>map(name -> Objects.ALL.with(name, Goal.NEVER))
        .toList();
  }

  private static RuntimeException refused(JsonType type, Place place) {
    return place.refused(
        "not is supported for whole types and for required, but not for some values of type "
            + type.word());
  }
}
