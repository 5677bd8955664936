package io.flinkmistral.constraint.schema.shape;

import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.automaton.Automaton;
import io.flinkmistral.constraint.schema.document.SchemaDocument;
import io.flinkmistral.constraint.schema.shape.Shape.Arrays;
import io.flinkmistral.constraint.schema.shape.Shape.Bound;
import io.flinkmistral.constraint.schema.shape.Shape.Constant;
import io.flinkmistral.constraint.schema.shape.Shape.Numbers;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import io.flinkmistral.constraint.schema.shape.Shape.Others;
import io.flinkmistral.constraint.schema.shape.Shape.Plain;
import io.flinkmistral.constraint.schema.shape.Shape.Strings;
import io.flinkmistral.constraint.schema.text.Format;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/**
 * Finds the shapes of goals: which shapes fit all of some schemas, and which values fit a shape.
 */
public final class Shapes {
  static final int MAX_SHAPES = 12_000;

  /** How deep it is looked into required properties for what no value fits. */
  private static final int PROOF_DEPTH = 3;

  /** To tell whether schemas say the same of names that match. */
  private static final long STEPS_A_PATTERN = 10;

  private final SchemaDocument document;
  private final Effort effort;
  private final TextSets texts;
  private final ShapeReader reader;
  private final Fit fit;
  private final Map<Goal, List<Shape>> known = new HashMap<>();

  public Shapes(SchemaDocument document, Effort effort) {
    this.document = document;
    this.effort = effort;
    this.texts = new TextSets(effort);
    this.fit = new Fit(this);
    this.reader = new ShapeReader(document, this);
  }

  public TextSets texts() {
    return texts;
  }

  public Effort effort() {
    return effort;
  }

  /** To blame for a goal as a whole. */
  public Place place(Goal goal) {
    return document.place(goal.schemas().isEmpty() ? "" : goal.schemas().getFirst());
  }

  public List<Shape> of(Goal goal) {
    if (goal.isNever()) {
      return List.of();
    }
    List<Shape> shapes = known.get(goal);
    if (shapes == null) {
      shapes = all();
      for (String schema : goal.schemas()) {
        shapes = both(shapes, reader.read(schema), document.place(schema));
      }
      known.put(goal, shapes);
    }
    return shapes;
  }

  /** Each value, of whatever type. */
  static List<Shape> all() {
    return java.util.Arrays.stream(JsonType.values()).map(JsonType::all).toList();
  }

  /** Values of a shape of each of the two. */
  List<Shape> both(List<Shape> left, List<Shape> right, Place place) {
    Set<Shape> both = new LinkedHashSet<>();
    for (Shape a : left) {
      for (Shape b : right) {
        both(a, b, place).ifPresent(both::add);
        if (both.size() > MAX_SHAPES) {
          throw place.refused(
              "has more than %,d combinations of alternatives".formatted(MAX_SHAPES));
        }
      }
    }
    return List.copyOf(both);
  }

  Optional<Shape> both(Shape a, Shape b, Place place) {
    effort.spend(10, place);
    if (a.type() != b.type()) {
      return Optional.empty();
    }
    if (b instanceof Constant && !(a instanceof Constant)) {
      return both(b, a, place);
    }
    return switch (a) {
      case Constant constant ->
          fit.admits(b, constant.value(), place) ? Optional.of(a) : Optional.empty();
      case Plain _ -> Optional.of(a);
      case Numbers numbers -> merge(numbers, (Numbers) b);
      case Strings strings -> merge(strings, (Strings) b);
      case Arrays arrays -> merge(arrays, (Arrays) b, place);
      case Objects objects -> merge(objects, (Objects) b, place);
    };
  }

  private static Optional<Shape> merge(Numbers a, Numbers b) {
    Set<BigDecimal> multiples = new LinkedHashSet<>(a.multiplesOf());
    multiples.addAll(b.multiplesOf());
    Numbers both =
        new Numbers(
            a.integer() || b.integer(),
            Bound.greater(a.least(), b.least()),
            Bound.less(a.most(), b.most()),
            multiples);
    return isEmpty(both) ? Optional.empty() : Optional.of(both);
  }

  private static boolean isEmpty(Numbers numbers) {
    if (numbers.least().isEmpty() || numbers.most().isEmpty()) {
      return false;
    }
    Bound least = numbers.least().get();
    Bound most = numbers.most().get();
    int order = least.value().compareTo(most.value());
    return order > 0 || order == 0 && !(least.inclusive() && most.inclusive());
  }

  private static OptionalInt less(OptionalInt a, OptionalInt b) {
    return a.isEmpty() ? b : b.isEmpty() ? a : OptionalInt.of(Math.min(a.getAsInt(), b.getAsInt()));
  }

  private static boolean isEmpty(int least, OptionalInt most) {
    return most.isPresent() && most.getAsInt() < least;
  }

  private static Optional<Shape> merge(Strings a, Strings b) {
    Set<String> patterns = new LinkedHashSet<>(a.patterns());
    patterns.addAll(b.patterns());
    Set<Format> formats = new LinkedHashSet<>(a.formats());
    formats.addAll(b.formats());
    Strings both =
        new Strings(Math.max(a.least(), b.least()), less(a.most(), b.most()), patterns, formats);
    return isEmpty(both.least(), both.most()) ? Optional.empty() : Optional.of(both);
  }

  private Optional<Shape> merge(Arrays a, Arrays b, Place place) {
    List<Goal> prefix = new ArrayList<>();
    effort.spend(4L * (a.prefix().size() + b.prefix().size()), place);
    for (int i = 0; i < Math.max(a.prefix().size(), b.prefix().size()); i++) {
      prefix.add(and(a.element(i), b.element(i), place));
    }
    Arrays both =
        new Arrays(
            prefix,
            and(a.rest(), b.rest(), place),
            Math.max(a.least(), b.least()),
            less(a.most(), b.most()),
            a.distinct().or(b::distinct));
    return isEmpty(both.least(), both.most()) ? Optional.empty() : Optional.of(both);
  }

  private Optional<Goal> and(Optional<Goal> a, Optional<Goal> b, Place place) {
    return a.isEmpty() ? b : b.isEmpty() ? a : Optional.of(and(a.get(), b.get(), place));
  }

  private Goal and(Goal a, Goal b, Place place) {
    return a.and(b, effort, place);
  }

  private Optional<Shape> merge(Objects a, Objects b, Place place) {
    Map<String, Goal> properties = new LinkedHashMap<>();
    effort.spend(20L * (a.properties().size() + b.properties().size()), place);
    effort.spend(5L * (a.required().size() + b.required().size()), place);
    for (Objects one : List.of(a, b)) {
      for (String name : one.properties().keySet()) {
        properties.put(name, and(property(a, name, place), property(b, name, place), place));
      }
    }
    Set<String> required = new LinkedHashSet<>(a.required());
    required.addAll(b.required());
    effort.spend(STEPS_A_PATTERN * (patterns(a) + patterns(b)), place);
    Set<Others> others = new LinkedHashSet<>(a.others());
    others.addAll(b.others());
    Set<Goal> names = new LinkedHashSet<>(a.names());
    names.addAll(b.names());
    Objects both =
        new Objects(
            properties,
            required,
            List.copyOf(others),
            Math.max(a.least(), b.least()),
            less(a.most(), b.most()),
            List.copyOf(names));
    boolean isEmpty =
        isEmpty(both.least(), both.most())
            || required.stream().anyMatch(name -> property(both, name, place).isNever());
    return isEmpty ? Optional.empty() : Optional.of(both);
  }

  private static long patterns(Objects objects) {
    return objects.others().stream().mapToLong(others -> 1 + others.patterns().size()).sum();
  }

  /** What the property of a name must fit. */
  Goal property(Objects objects, String name, Place place) {
    Goal own = objects.properties().get(name);
    return own != null ? own : other(objects.others(), name, place);
  }

  /** What the property of a name must fit by what is said of others. */
  public Goal other(List<Others> all, String name, Place place) {
    Goal goal = Goal.ANY;
    for (Others others : all) {
      goal = and(goal, other(others, name, place), place);
    }
    return goal;
  }

  public Goal other(Others others, String name, Place place) {
    Goal goal = Goal.ANY;
    boolean matches = false;
    for (Map.Entry<String, Goal> pattern : others.patterns().entrySet()) {
      if (texts.matches(pattern.getKey(), name, place)) {
        goal = and(goal, pattern.getValue(), place);
        matches = true;
      }
    }
    return matches ? goal : others.additional().orElse(Goal.ANY);
  }

  public boolean fits(Goal goal, JsonNode value, Place place) {
    return of(goal).stream().anyMatch(shape -> fit.admits(shape, value, place));
  }

  /** Whether it is certain that no value fits. */
  boolean isNever(Goal goal, int depth) {
    return goal.isNever()
        || depth <= PROOF_DEPTH
            && of(goal).stream().allMatch(shape -> isNever(shape, depth, place(goal)));
  }

  boolean isNever(Shape shape, int depth, Place place) {
    effort.spend(10, place);
    return switch (shape) {
      case Constant _, Plain _, Numbers _ -> false;
      case Strings strings -> isNever(strings, place);
      case Arrays arrays -> {
        for (int i = 0; i < Math.min(arrays.least(), arrays.prefix().size() + 1); i++) {
          if (isNever(arrays.element(i), depth + 1)) {
            yield true;
          }
        }
        yield false;
      }
      case Objects objects ->
          objects.required().stream()
              .anyMatch(name -> isNever(property(objects, name, place), depth + 1));
    };
  }

  private boolean isNever(Strings strings, Place place) {
    Automaton possible = texts.possible(strings, place);
    return possible.isEmpty();
  }
}
