package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.CodePoints;
import java.util.List;

/** A regular expression as it was written. */
sealed interface Regex {
  /** One character of a set. */
  record Characters(CodePoints oneOf) implements Regex {}

  record Concatenation(List<Regex> parts) implements Regex {}

  record Alternation(List<Regex> options) implements Regex {}

  /**
   * @param most {@link #UNBOUNDED}: any number
   */
  record Repeated(Regex what, int least, int most) implements Regex {
    static final int UNBOUNDED = -1;
  }

  /** Where the text begins. */
  record Begin() implements Regex {}

  /** Where the text ends. */
  record End() implements Regex {}
}
