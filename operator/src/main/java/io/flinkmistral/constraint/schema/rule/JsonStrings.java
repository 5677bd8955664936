package io.flinkmistral.constraint.schema.rule;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Expression.Choice;
import io.flinkmistral.constraint.Expression.Literal;
import io.flinkmistral.constraint.Expression.Reference;
import io.flinkmistral.constraint.Expression.Repetition;
import io.flinkmistral.constraint.Expression.Sequence;
import io.flinkmistral.constraint.Rules;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** How texts are written in JSON: each character in one way, escaped only where it must be. */
final class JsonStrings {
  private static final String ESCAPED_BY_NAME = "\"\\\b\f\n\r\t";
  private static final String NAMES = "\"\\bfnrt";
  private static final CodePoints ESCAPED =
      CodePoints.in("\"\\").or(CodePoints.of(new Range(0, 0x1f)));
  private static final CodePoints PLAIN = ESCAPED.complement();
  private static final Literal QUOTE = new Literal("\"");

  private final Rules rules;
  private Reference any;
  private Reference escape;

  JsonStrings(Rules rules) {
    this.rules = rules;
  }

  /** Without the quotation marks. */
  static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              if (ESCAPED.contains(c)) {
                escaped.append(escape(c));
              } else {
                escaped.appendCodePoint(c);
              }
            });
    return escaped.toString();
  }

  static String quoted(String text) {
    return "\"" + escaped(text) + "\"";
  }

  private static String escape(int character) {
    int name = ESCAPED_BY_NAME.indexOf(character);
    return name < 0 ? "\\u%04x".formatted(character) : "\\" + NAMES.charAt(name);
  }

  Expression quoted(Expression inner) {
    return Sequence.of(QUOTE, inner, QUOTE);
  }

  Expression ofLength(int least, OptionalInt most) {
    return quoted(new Repetition(any(), least, most));
  }

  private Reference any() {
    if (any == null) {
      any = rules.fresh("character");
      rules.define(any, Choice.of(new Expression.Character(PLAIN), escape()));
    }
    return any;
  }

  private Reference escape() {
    if (escape == null) {
      escape = rules.fresh("escape");
      rules.define(
          escape,
          Sequence.of(
              new Literal("\\"),
              Choice.of(
                  new Expression.Character(CodePoints.in(NAMES)),
                  Sequence.of(
                      new Literal("u00"),
                      Choice.of(
                          Sequence.of(
                              new Literal("0"),
                              new Expression.Character(CodePoints.in("01234567bef"))),
                          Sequence.of(
                              new Literal("1"),
                              new Expression.Character(CodePoints.in("0123456789abcdef"))))))));
    }
    return escape;
  }

  /** One character of a set. */
  Expression encode(CodePoints characters) {
    if (characters.equals(CodePoints.ALL)) {
      return any();
    }
    List<Expression> options = new ArrayList<>();
    CodePoints plain = characters.and(PLAIN);
    if (!plain.isEmpty()) {
      options.add(plain(plain));
    }
    CodePoints special = characters.and(ESCAPED);
    if (special.equals(ESCAPED)) {
      options.add(escape());
    } else {
      for (Range range : special.ranges()) {
        for (int c = range.first(); c <= range.last(); c++) {
          options.add(new Literal(escape(c)));
        }
      }
    }
    return options.size() == 1 ? options.getFirst() : new Choice(options);
  }

  private static Expression plain(CodePoints set) {
    Range first = set.ranges().getFirst();
    return set.ranges().size() == 1 && first.first() == first.last()
        ? new Literal(Character.toString(first.first()))
        : new Expression.Character(set);
  }
}
