package io.flinkmistral.constraint.tokens;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Grammar;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/** Compact JSON as a grammar, written down once more than by the front ends. */
final class JsonTree {
  private JsonTree() {}

  /** Any value, with {@code root} as the root rule. */
  static Grammar grammar(Expression root) {
    Map<String, Expression> rules = new HashMap<>();
    Expression value = new Reference("value");
    Expression member = Sequence.of(new Reference("string"), new Literal(":"), value);
    rules.put("object", Sequence.of(new Literal("{"), list(member), new Literal("}")));
    rules.put("array", Sequence.of(new Literal("["), list(value), new Literal("]")));
    rules.put("string", string(OptionalInt.empty()));
    Expression digits = new Repetition(characters("0123456789"), 1, OptionalInt.empty());
    Expression fraction = optional(Sequence.of(new Literal("."), digits));
    rules.put(
        "number",
        Sequence.of(
            optional(new Literal("-")),
            Choice.of(
                new Literal("0"),
                Sequence.of(
                    characters("123456789"),
                    new Repetition(characters("0123456789"), 0, OptionalInt.of(15)))),
            fraction));
    rules.put(
        "value",
        Choice.of(
            new Reference("object"),
            new Reference("array"),
            new Reference("string"),
            new Reference("number"),
            new Literal("true"),
            new Literal("false"),
            new Literal("null")));
    rules.put("root", root);
    return new Grammar(rules, "root");
  }

  static Expression string(OptionalInt longest) {
    Expression hex = characters("0123456789abcdefABCDEF");
    CodePoints plain =
        CodePoints.in("\"\\").or(CodePoints.of(new CodePoints.Range(0, 0x1F))).complement();
    Expression character =
        Choice.of(
            new Expression.Character(plain),
            Sequence.of(
                new Literal("\\"),
                Choice.of(
                    characters("\"\\/bfnrt"),
                    Sequence.of(new Literal("u"), new Repetition(hex, 4, OptionalInt.of(4))))));
    return Sequence.of(new Literal("\""), new Repetition(character, 0, longest), new Literal("\""));
  }

  static Expression characters(String of) {
    return new Expression.Character(CodePoints.in(of));
  }

  static Expression optional(Expression what) {
    return new Repetition(what, 0, OptionalInt.of(1));
  }

  private static Expression list(Expression of) {
    return optional(
        Sequence.of(of, new Repetition(Sequence.of(new Literal(","), of), 0, OptionalInt.empty())));
  }
}
