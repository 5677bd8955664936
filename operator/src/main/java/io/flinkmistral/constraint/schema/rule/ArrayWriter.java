package io.flinkmistral.constraint.schema.rule;

import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.schema.shape.Fit;
import io.flinkmistral.constraint.schema.shape.Goal;
import io.flinkmistral.constraint.schema.shape.Shape;
import io.flinkmistral.constraint.schema.shape.Shape.Arrays;
import io.flinkmistral.constraint.schema.shape.Shape.Constant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Writes arrays: first the elements that have places of their own, then all others. */
final class ArrayWriter {
  private static final Literal NOTHING = new Literal("");
  private static final Literal COMMA = new Literal(",");

  /** Of values without repetition; each set of used ones is a rule. */
  private static final int MAX_DISTINCT = 10;

  private final GoalRules goals;
  private final Place place;

  ArrayWriter(GoalRules goals, Place place) {
    this.goals = goals;
    this.place = place;
  }

  Expression write(Arrays arrays) {
    boolean canRepeat =
        arrays.distinct().isPresent() && (arrays.most().isEmpty() || arrays.most().getAsInt() > 1);
    Expression elements = canRepeat ? distinct(arrays) : elements(limited(arrays));
    return Sequence.of(new Literal("["), elements, new Literal("]"));
  }

  /** Behind a prefix there is nothing where the schema does not speak of it. */
  private static Arrays limited(Arrays arrays) {
    int prefix = arrays.prefix().size();
    if (prefix == 0 || arrays.rest().isPresent() || arrays.least() > prefix) {
      return arrays;
    }
    int most = Math.min(prefix, arrays.most().orElse(prefix));
    return new Arrays(
        arrays.prefix(), arrays.rest(), arrays.least(), OptionalInt.of(most), arrays.distinct());
  }

  /** From the last place of its own to the first, each followed by the rule of the next. */
  private Expression elements(Arrays arrays) {
    int places = arrays.prefix().size();
    Expression behind = from(places, arrays, null);
    for (int index = places - 1; index >= 0; index--) {
      Reference next = goals.rules().fresh("element");
      goals.rules().define(next, behind);
      behind = from(index, arrays, next);
    }
    return behind;
  }

  /**
   * What can stand behind some elements.
   *
   * @param next the rule for what stands behind one more; unused behind the last place of its own
   */
  private Expression from(int index, Arrays arrays, Reference next) {
    OptionalInt most = arrays.most();
    if (most.isPresent() && index >= most.getAsInt()) {
      return NOTHING;
    }
    Expression more =
        index < arrays.prefix().size()
            ? element(index, Sequence.of(goals.rule(arrays.element(index)), next))
            : others(index, arrays);
    return index < arrays.least() ? more : Choice.of(more, NOTHING);
  }

  private static Expression element(int index, Expression element) {
    return index == 0 ? element : Sequence.of(COMMA, element);
  }

  /** At least one. */
  private Expression others(int index, Arrays arrays) {
    Reference rule = goals.rule(arrays.rest().orElse(Goal.ANY));
    int least = Math.max(0, arrays.least() - index - 1);
    OptionalInt most =
        arrays.most().isPresent()
            ? OptionalInt.of(arrays.most().getAsInt() - index - 1)
            : OptionalInt.empty();
    return Sequence.of(element(index, rule), new Repetition(Sequence.of(COMMA, rule), least, most));
  }

  private Expression distinct(Arrays arrays) {
    Goal goal = arrays.rest().orElse(Goal.ANY);
    List<Shape> values = goals.shapes().of(goal);
    boolean isFew =
        arrays.prefix().isEmpty()
            && values.size() <= MAX_DISTINCT
            && values.stream().allMatch(Constant.class::isInstance)
            && areDifferent(values);
    if (!isFew) {
      throw place
          .at(arrays.distinct().orElseThrow())
          .refused(
              ("uniqueItems is supported where items are at most %d values of an enum, or where"
                      + " maxItems is 1")
                  .formatted(MAX_DISTINCT));
    }
    return distinct(new BitSet(), values, arrays, new HashMap<>());
  }

  private static boolean areDifferent(List<Shape> values) {
    for (int i = 0; i < values.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (Fit.isSame(((Constant) values.get(i)).value(), ((Constant) values.get(j)).value())) {
          return false;
        }
      }
    }
    return true;
  }

  private Reference distinct(
      BitSet used, List<Shape> values, Arrays arrays, Map<BitSet, Reference> rules) {
    Reference known = rules.get(used);
    if (known != null) {
      return known;
    }
    Reference rule = goals.rules().fresh("distinct");
    rules.put(used, rule);
    List<Expression> options = new ArrayList<>();
    int count = used.cardinality();
    if (count >= arrays.least()) {
      options.add(NOTHING);
    }
    if (arrays.most().isEmpty() || count < arrays.most().getAsInt()) {
      for (int i = used.nextClearBit(0); i < values.size(); i = used.nextClearBit(i + 1)) {
        BitSet more = (BitSet) used.clone();
        more.set(i);
        String text = GoalRules.compact(((Constant) values.get(i)).value());
        options.add(
            Sequence.of(
                new Literal(count == 0 ? text : "," + text),
                distinct(more, values, arrays, rules)));
      }
    }
    goals.rules().define(rule, new Choice(options));
    return rule;
  }
}
