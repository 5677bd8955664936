package io.flinkmistral.constraint;

import java.util.List;
import java.util.OptionalInt;

/** A set of texts. */
public sealed interface Expression {
  /** The one text; the empty one is allowed. */
  record Literal(String text) implements Expression {}

  /** Each text of one character of a set. */
  record Character(CodePoints oneOf) implements Expression {}

  /** A text of each part, one after the other. */
  record Sequence(List<Expression> parts) implements Expression {
    public Sequence {
      parts = List.copyOf(parts);
    }

    public static Sequence of(Expression... parts) {
      return new Sequence(List.of(parts));
    }
  }

  /** A text of any of the options. */
  record Choice(List<Expression> options) implements Expression {
    public Choice {
      options = List.copyOf(options);
    }

    public static Choice of(Expression... options) {
      return new Choice(List.of(options));
    }
  }

  /**
   * Texts of {@code what}, one after the other.
   *
   * @param least how many at least
   * @param most how many at most; absent: any number
   */
  record Repetition(Expression what, int least, OptionalInt most) implements Expression {
    public Repetition {
      if (least < 0 || most.isPresent() && most.getAsInt() < least) {
        throw new IllegalArgumentException("from %d to %s times".formatted(least, most));
      }
    }
  }

  /** A text of the rule of this name. */
  record Reference(String rule) implements Expression {}
}
