package io.flinkmistral.constraint.schema;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * What a value has to fit: all of some schemas at once.
 *
 * @param schemas where they stand in the document, as JSON pointers; none: any value fits
 * @param isNever that no value fits
 */
record Goal(List<String> schemas, boolean isNever) {
  static final Goal ANY = new Goal(List.of(), false);
  static final Goal NEVER = new Goal(List.of(), true);

  Goal {
    schemas = List.copyOf(schemas);
  }

  static Goal of(String schema) {
    return new Goal(List.of(schema), false);
  }

  Goal and(Goal other) {
    if (isNever || other.isNever) {
      return NEVER;
    }
    List<String> both = new ArrayList<>(schemas);
    both.addAll(other.schemas);
    return new Goal(List.copyOf(new LinkedHashSet<>(both)), false);
  }

  boolean isAny() {
    return !isNever && schemas.isEmpty();
  }

  @Override
  public String toString() {
    return isNever
        ? "false"
        : String.join(" and ", schemas.stream().map(s -> s.isEmpty() ? "the schema" : s).toList());
  }
}
