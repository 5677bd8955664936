package io.flinkmistral.constraint.schema.rule;

import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.automaton.Automaton;
import io.flinkmistral.constraint.schema.shape.Goal;
import io.flinkmistral.constraint.schema.shape.JsonType;
import io.flinkmistral.constraint.schema.shape.Shape;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import io.flinkmistral.constraint.schema.shape.Shape.Others;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.node.StringNode;

/**
 * Writes objects: the properties that have names, in their order, each once; behind them any number
 * of others, if others are allowed.
 *
 * <p>There is a rule for each property and number of properties before it, as far as that number
 * matters: whether there is any, for the comma, and up to the schema's bounds.
 */
final class ObjectWriter {
  private static final Literal NOTHING = new Literal("");
  private static final Literal COMMA = new Literal(",");

  private record State(int property, int count) {}

  private record Property(Expression text, boolean isRequired) {}

  /** Names of one kind, and what their values must fit. */
  private record Kind(Automaton names, Goal goal) {}

  private final GoalRules goals;
  private final Objects objects;
  private final Place place;
  private final List<Property> properties = new ArrayList<>();

  /** Up to which number properties are counted. */
  private final int counted;

  private final OptionalInt most;
  private final Map<State, Reference> rules = new HashMap<>();
  private final List<State> open = new ArrayList<>();
  private Expression other;
  private int firstRequired;

  ObjectWriter(GoalRules goals, Objects objects, Place place) {
    this.goals = goals;
    this.objects = objects;
    this.place = place;
    this.most = objects.most();
    this.counted = Math.max(1, Math.max(objects.least(), most.orElse(0)));
  }

  Expression write() {
    Map<String, Goal> named = named();
    Set<String> names = new LinkedHashSet<>(named.keySet());
    named.forEach(
        (name, goal) -> {
          if (!goal.isNever() && isName(name)) {
            properties.add(
                new Property(
                    Sequence.of(new Literal(JsonStrings.quoted(name) + ":"), goals.rule(goal)),
                    objects.required().contains(name)));
          } else if (objects.required().contains(name)) {
            properties.add(new Property(new Choice(List.of()), true));
          }
        });
    other = objects.others().isEmpty() && !namesNone() ? null : others(names);
    firstRequired = firstRequired();
    Reference start = rule(new State(0, 0));
    while (!open.isEmpty()) {
      State state = open.removeLast();
      goals.rules().define(rules.get(state), from(state));
    }
    return Sequence.of(new Literal("{"), start, new Literal("}"));
  }

  /** Properties that are required by name count as named, behind those that have a schema. */
  private Map<String, Goal> named() {
    Map<String, Goal> named = new LinkedHashMap<>(objects.properties());
    for (String name : objects.required()) {
      named.computeIfAbsent(name, _ -> goals.shapes().other(objects.others(), name, place));
    }
    return named;
  }

  /** A schema that names properties only to require or forbid them leaves others free. */
  private boolean namesNone() {
    return objects.properties().values().stream().allMatch(Goal::isNever);
  }

  private boolean isName(String name) {
    return objects.names().stream()
        .allMatch(goal -> goals.shapes().fits(goal, StringNode.valueOf(name), place));
  }

  private Reference rule(State state) {
    Reference known = rules.get(state);
    if (known == null) {
      known = goals.rules().fresh("properties");
      rules.put(state, known);
      open.add(state);
    }
    return known;
  }

  private int firstRequired() {
    int index = 0;
    while (index < properties.size() && !properties.get(index).isRequired()) {
      index++;
    }
    return index;
  }

  private boolean isCounting() {
    return objects.least() > 1 || most.isPresent();
  }

  /** What can stand behind {@code count} properties, from one property on. */
  private Expression from(State state) {
    List<Expression> parts = new ArrayList<>();
    int index = state.property();
    // Where commas are certain and nothing is counted, each property stands for itself.
    while (state.count() > 0 && !isCounting() && index < properties.size()) {
      if (index > state.property() && index <= firstRequired) {
        // Each property up to there is begun at, so the rest is a rule, and not written again.
        parts.add(rule(new State(index, state.count())));
        return new Sequence(parts);
      }
      Property property = properties.get(index++);
      Expression text = Sequence.of(COMMA, property.text());
      parts.add(property.isRequired() ? text : new Repetition(text, 0, OptionalInt.of(1)));
    }
    if (index == properties.size()) {
      parts.add(end(state.count()));
    } else {
      parts.add(step(index, state.count()));
    }
    return parts.size() == 1 ? parts.getFirst() : new Sequence(parts);
  }

  private Expression step(int index, int count) {
    Property property = properties.get(index);
    List<Expression> options = new ArrayList<>();
    if (most.isEmpty() || count < most.getAsInt()) {
      Reference next = rule(new State(index + 1, Math.min(count + 1, counted)));
      options.add(
          count == 0
              ? Sequence.of(property.text(), next)
              : Sequence.of(COMMA, property.text(), next));
    }
    if (!property.isRequired()) {
      options.add(rule(new State(index + 1, count)));
    }
    return options.size() == 1 ? options.getFirst() : new Choice(options);
  }

  /**
   * Others could have the same name, so any number of them is only one more that is certain to
   * count.
   */
  private Expression end(int count) {
    int missing = Math.max(0, objects.least() - count);
    OptionalInt room =
        most.isPresent() ? OptionalInt.of(most.getAsInt() - count) : OptionalInt.empty();
    boolean hasRoom = other != null && (room.isEmpty() || room.getAsInt() > 0);
    if (missing > 1 && hasRoom) {
      throw place
          .in("minProperties")
          .refused(
              ("%d is more than can be enforced: properties without a name in the schema could have"
                      + " the same name; name them in properties, or forbid others")
                  .formatted(objects.least()));
    }
    if (!hasRoom) {
      return missing == 0 ? NOTHING : new Choice(List.of());
    }
    Expression further = Sequence.of(COMMA, other);
    if (count > 0) {
      return new Repetition(further, missing, room);
    }
    Expression some =
        Sequence.of(
            other,
            new Repetition(
                further,
                0,
                room.isPresent() ? OptionalInt.of(room.getAsInt() - 1) : OptionalInt.empty()));
    return missing == 0 ? Choice.of(some, NOTHING) : some;
  }

  /** One property without a name in the schema; null if there cannot be any. */
  private Expression others(Set<String> names) {
    Automaton free = Automaton.all();
    if (!names.isEmpty()) {
      Automaton named = Automaton.ofTexts(names, goals.shapes().effort(), place);
      free = free.minus(named, goals.shapes().effort(), place);
    }
    for (Goal goal : objects.names()) {
      free = free.and(names(goal), goals.shapes().effort(), place);
    }
    List<Kind> kinds = new ArrayList<>(List.of(new Kind(free, Goal.ANY)));
    for (Others group : objects.others()) {
      List<Kind> next = new ArrayList<>();
      kinds.forEach(kind -> next.addAll(split(kind, group)));
      kinds = next;
    }
    List<Expression> options = new ArrayList<>();
    for (Kind kind : kinds) {
      if (!kind.goal().isNever() && !kind.names().isEmpty()) {
        JsonStrings strings = goals.strings();
        Expression name =
            kind.names().write(goals.rules(), strings::encode, goals.shapes().effort(), place);
        options.add(Sequence.of(strings.quoted(name), new Literal(":"), goals.rule(kind.goal())));
      }
    }
    return options.isEmpty() ? null : options.size() == 1 ? options.getFirst() : rule(options);
  }

  private Reference rule(List<Expression> options) {
    Reference rule = goals.rules().fresh("other property");
    goals.rules().define(rule, new Choice(options));
    return rule;
  }

  /** By the patterns that names match or not. */
  private List<Kind> split(Kind kind, Others group) {
    List<Kind> matching = new ArrayList<>();
    Kind rest = kind;
    for (Map.Entry<String, Goal> pattern : group.patterns().entrySet()) {
      Automaton names = goals.shapes().texts().pattern(pattern.getKey(), place);
      List<Kind> next = new ArrayList<>();
      for (Kind before : matching) {
        next.add(new Kind(without(before.names(), names), before.goal()));
        next.add(both(before, names, pattern.getValue()));
      }
      next.add(both(rest, names, pattern.getValue()));
      rest = new Kind(without(rest.names(), names), rest.goal());
      next.removeIf(one -> one.names().isEmpty());
      matching = next;
    }
    Goal additional = group.additional().orElse(isClosed() ? Goal.NEVER : Goal.ANY);
    matching.add(new Kind(rest.names(), and(rest.goal(), additional)));
    return matching;
  }

  private Kind both(Kind kind, Automaton names, Goal goal) {
    return new Kind(
        kind.names().and(names, goals.shapes().effort(), place), and(kind.goal(), goal));
  }

  private Goal and(Goal one, Goal other) {
    return one.and(other, goals.shapes().effort(), place);
  }

  private Automaton without(Automaton names, Automaton others) {
    return names.minus(others, goals.shapes().effort(), place);
  }

  /** Where no schema says what others are, there are none but those that match a pattern. */
  private boolean isClosed() {
    return objects.others().stream().noneMatch(others -> others.additional().isPresent());
  }

  /** The texts that fit a goal. */
  private Automaton names(Goal goal) {
    List<Automaton> any = new ArrayList<>();
    List<String> constants = new ArrayList<>();
    for (Shape shape : goals.shapes().of(goal)) {
      switch (shape) {
        case Shape.Strings strings -> any.add(goals.shapes().texts().all(strings, place));
        case Shape.Constant constant when constant.type() == JsonType.STRING ->
            constants.add(constant.value().stringValue());
        case Shape.Constant _, Shape.Plain _, Shape.Numbers _, Shape.Arrays _, Objects _ -> {}
      }
    }
    any.add(Automaton.ofTexts(constants, goals.shapes().effort(), place));
    return any.stream().reduce((a, b) -> a.or(b, goals.shapes().effort(), place)).orElseThrow();
  }
}
