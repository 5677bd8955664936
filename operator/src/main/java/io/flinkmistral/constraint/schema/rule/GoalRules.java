package io.flinkmistral.constraint.schema.rule;

import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.Rules;
import io.flinkmistral.constraint.schema.number.NumberWriter;
import io.flinkmistral.constraint.schema.shape.Goal;
import io.flinkmistral.constraint.schema.shape.JsonType;
import io.flinkmistral.constraint.schema.shape.Shape;
import io.flinkmistral.constraint.schema.shape.Shape.Arrays;
import io.flinkmistral.constraint.schema.shape.Shape.Constant;
import io.flinkmistral.constraint.schema.shape.Shape.Numbers;
import io.flinkmistral.constraint.schema.shape.Shape.Objects;
import io.flinkmistral.constraint.schema.shape.Shape.Plain;
import io.flinkmistral.constraint.schema.shape.Shape.Strings;
import io.flinkmistral.constraint.schema.shape.Shapes;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Writes a rule for each goal, of all shapes that fit it. */
public final class GoalRules {
  private final Shapes shapes;
  private final Rules rules;
  private final JsonStrings strings;
  private final Map<Goal, Reference> names = new HashMap<>();
  private final Deque<Goal> open = new ArrayDeque<>();
  private final Map<Shape, Expression> written = new HashMap<>();

  public GoalRules(Shapes shapes, Place place) {
    this.shapes = shapes;
    this.rules = new Rules(shapes.effort(), place);
    this.strings = new JsonStrings(rules);
  }

  /** All texts of values that fit the goal. */
  public Grammar grammar(Goal goal) {
    Reference root = rule(goal);
    while (!open.isEmpty()) {
      Goal next = open.poll();
      rules.define(names.get(next), expression(next));
    }
    return rules.grammar(root);
  }

  Rules rules() {
    return rules;
  }

  Shapes shapes() {
    return shapes;
  }

  JsonStrings strings() {
    return strings;
  }

  /** Its rule, which is written later if it is new. */
  Expression.Reference rule(Goal goal) {
    return names.computeIfAbsent(
        goal,
        _ -> {
          open.add(goal);
          return rules.fresh(goal.isAny() ? "any value" : goal.toString());
        });
  }

  private Expression expression(Goal goal) {
    Place place = shapes.place(goal);
    Set<Expression> options = new LinkedHashSet<>();
    for (Shape shape : shapes.of(goal)) {
      options.add(shape instanceof Constant ? write(shape, place) : shared(shape, place));
    }
    return options.size() == 1 ? options.iterator().next() : new Choice(List.copyOf(options));
  }

  /** The same shape can come up for many goals. */
  private Expression shared(Shape shape, Place place) {
    Expression known = written.get(shape);
    if (known == null) {
      Reference rule = rules.fresh(shape.type().word());
      written.put(shape, rule);
      rules.define(rule, write(shape, place));
      known = rule;
    }
    return known;
  }

  private Expression write(Shape shape, Place place) {
    return switch (shape) {
      case Constant constant -> new Literal(compact(constant.value()));
      case Plain plain when plain.type() == JsonType.NULL -> new Literal("null");
      case Plain _ -> Choice.of(new Literal("true"), new Literal("false"));
      case Numbers numbers -> new NumberWriter(numbers, shapes.effort(), place).write(rules);
      case Strings texts -> string(texts, place);
      case Arrays arrays -> new ArrayWriter(this, place).write(arrays);
      case Objects objects -> new ObjectWriter(this, objects, place).write();
    };
  }

  private Expression string(Strings texts, Place place) {
    return texts.patterns().isEmpty() && texts.formats().isEmpty()
        ? strings.ofLength(texts.least(), texts.most())
        : strings.quoted(
            shapes.texts().all(texts, place).write(rules, strings::encode, shapes.effort(), place));
  }

  /** Without white space. Numbers stand as they do in the schema. */
  public static String compact(JsonNode value) {
    return switch (JsonType.of(value)) {
      case NULL, BOOLEAN, NUMBER -> value.toString();
      case STRING -> JsonStrings.quoted(value.stringValue());
      case ARRAY ->
          "[" + String.join(",", value.values().stream().map(GoalRules::compact).toList()) + "]";
      case OBJECT ->
          "{"
              + String.join(
                  ",",
                  value.properties().stream()
                      .map(m -> JsonStrings.quoted(m.getKey()) + ":" + compact(m.getValue()))
                      .toList())
              + "}";
    };
  }
}
