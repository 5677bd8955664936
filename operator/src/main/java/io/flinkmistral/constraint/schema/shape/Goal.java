package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a value has to fit: all of some schemas at once.
 *
 * @param schemas where they stand in the document, as JSON pointers; none: any value fits
 * @param isNever that no value fits
 */
public record Goal(List<String> schemas, boolean isNever) {
  /** It is copied, compared, and kept. */
  private static final long STEPS_A_SCHEMA = 4;

  public static final Goal ANY = new Goal(List.of(), false);
  public static final Goal NEVER = new Goal(List.of(), true);

  public Goal {
    schemas = List.copyOf(schemas);
  }

  public static Goal of(String schema) {
    return new Goal(List.of(schema), false);
  }

  public Goal and(Goal other, Effort effort, Place place) {
    if (isNever || other.isNever) {
      return NEVER;
    }
    effort.spend(STEPS_A_SCHEMA * (schemas.size() + other.schemas.size()), place);
    List<String> both = new ArrayList<>(schemas);
    both.addAll(other.schemas);
    return new Goal(List.copyOf(new LinkedHashSet<>(both)), false);
  }

  public boolean isAny() {
    return !isNever && schemas.isEmpty();
  }

  /** The first of its schemas, for names of rules. */
  @Override
  public String toString() {
    return isNever
        ? "false"
        : schemas.stream()
            .limit(3)
            .map(s -> s.isEmpty() ? "the schema" : s)
            .collect(Collectors.joining(" and "));
  }
}
