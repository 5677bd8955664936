package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.schema.text.Format;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Values of one type, by what holds of them. A schema is any number of shapes: one must fit. */
public sealed interface Shape {
  JsonType type();

  /** This one value. */
  record Constant(JsonNode value) implements Shape {
    @Override
    public JsonType type() {
      return JsonType.of(value);
    }
  }

  /** Null, or any truth value. */
  record Plain(JsonType type) implements Shape {}

  /**
   * @param inclusive whether the value itself is allowed
   */
  record Bound(BigDecimal value, boolean inclusive) {
    /** The stricter of two lower bounds. */
    public static Optional<Bound> greater(Optional<Bound> a, Optional<Bound> b) {
      return stricter(a, b, 1);
    }

    /** The stricter of two upper bounds. */
    static Optional<Bound> less(Optional<Bound> a, Optional<Bound> b) {
      return stricter(a, b, -1);
    }

    private static Optional<Bound> stricter(Optional<Bound> a, Optional<Bound> b, int sign) {
      if (a.isEmpty() || b.isEmpty()) {
        return a.or(() -> b);
      }
      int order = sign * a.get().value().compareTo(b.get().value());
      return order > 0 || order == 0 && !a.get().inclusive() ? a : b;
    }
  }

  /**
   * @param multiplesOf all of them at once
   */
  record Numbers(
      boolean integer, Optional<Bound> least, Optional<Bound> most, Set<BigDecimal> multiplesOf)
      implements Shape {
    static final Numbers ALL = new Numbers(false, Optional.empty(), Optional.empty(), Set.of());

    public Numbers {
      multiplesOf = Set.copyOf(multiplesOf);
    }

    @Override
    public JsonType type() {
      return JsonType.NUMBER;
    }
  }

  /**
   * @param patterns of ECMA-262, of which each must match somewhere
   */
  record Strings(int least, OptionalInt most, Set<String> patterns, Set<Format> formats)
      implements Shape {
    static final Strings ALL = new Strings(0, OptionalInt.empty(), Set.of(), Set.of());

    public Strings {
      patterns = Collections.unmodifiableSet(new LinkedHashSet<>(patterns));
      formats = Collections.unmodifiableSet(new LinkedHashSet<>(formats));
    }

    @Override
    public JsonType type() {
      return JsonType.STRING;
    }
  }

  /**
   * @param prefix of the first elements
   * @param rest of all others; absent where the schema says nothing of them
   * @param distinct where the schema wants no element twice
   */
  record Arrays(
      List<Goal> prefix,
      Optional<Goal> rest,
      int least,
      OptionalInt most,
      Optional<String> distinct)
      implements Shape {
    static final Arrays ALL =
        new Arrays(List.of(), Optional.empty(), 0, OptionalInt.empty(), Optional.empty());

    public Arrays {
      prefix = List.copyOf(prefix);
    }

    @Override
    public JsonType type() {
      return JsonType.ARRAY;
    }

    public Goal element(int index) {
      return index < prefix.size() ? prefix.get(index) : rest.orElse(Goal.ANY);
    }
  }

  /**
   * What one schema says of properties that it does not name.
   *
   * @param patterns by the pattern that a name matches
   * @param additional of names that match none; absent where the schema says nothing of them
   */
  record Others(Map<String, Goal> patterns, Optional<Goal> additional) {
    static final Others UNSAID = new Others(Map.of(), Optional.empty());

    public Others {
      patterns = Collections.unmodifiableMap(new LinkedHashMap<>(patterns));
    }
  }

  /**
   * @param properties by name, in the schema's order
   * @param others by each of the schemas that are merged here
   * @param names what names must fit, besides
   */
  record Objects(
      Map<String, Goal> properties,
      Set<String> required,
      List<Others> others,
      int least,
      OptionalInt most,
      List<Goal> names)
      implements Shape {
    static final Objects ALL =
        new Objects(Map.of(), Set.of(), List.of(), 0, OptionalInt.empty(), List.of());

    public Objects {
      properties = Collections.unmodifiableMap(new LinkedHashMap<>(properties));
      required = Collections.unmodifiableSet(new LinkedHashSet<>(required));
      others = List.copyOf(others);
      names = List.copyOf(names);
    }

    @Override
    public JsonType type() {
      return JsonType.OBJECT;
    }

    Objects with(String property, Goal goal) {
      Map<String, Goal> all = new LinkedHashMap<>(properties);
      all.put(property, goal);
      return new Objects(all, required, others, least, most, names);
    }

    Objects requiring(List<String> more) {
      List<String> all = new ArrayList<>(required);
      all.addAll(more);
      return new Objects(properties, new LinkedHashSet<>(all), others, least, most, names);
    }
  }
}
