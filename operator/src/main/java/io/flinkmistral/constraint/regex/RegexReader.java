package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.regex.Regex.Alternation;
import io.flinkmistral.constraint.regex.Regex.Begin;
import io.flinkmistral.constraint.regex.Regex.Characters;
import io.flinkmistral.constraint.regex.Regex.Concatenation;
import io.flinkmistral.constraint.regex.Regex.End;
import io.flinkmistral.constraint.regex.Regex.Repeated;
import java.util.ArrayList;
import java.util.List;

/** What ECMA-262, Java and Python have in common, by Unicode's characters. */
final class RegexReader {
  static final int MAX_CHARACTERS = 64 << 10;
  static final int MAX_DEPTH = 100;
  static final int MAX_COUNT = 10_000;

  /** Each character but what any dialect takes for a line end. */
  private static final CodePoints ANY_BUT_LINE_ENDS =
      CodePoints.in("\n\r\u0085\u2028\u2029").complement();

  private static final CodePoints ANY_BUT_NEWLINE = CodePoints.in("\n").complement();

  private final RegexText text;
  private final CharacterReader characters;

  /** Whether what matches here is excluded. */
  private boolean isExcluding;

  private int depth;

  private RegexReader(RegexText text, Effort effort, Place place) {
    this.text = text;
    this.characters = new CharacterReader(text, effort, place);
  }

  /**
   * @param isWhole whether the pattern begins where the text does, even without {@code ^}
   */
  static LookAheads read(String pattern, boolean isWhole, Effort effort, Place place) {
    if (pattern.length() > MAX_CHARACTERS) {
      throw place.refused(
          "the pattern has %,d characters, but at most %,d are allowed"
              .formatted(pattern.length(), MAX_CHARACTERS));
    }
    RegexText text = new RegexText(pattern, place);
    LookAheads regex = new RegexReader(text, effort, place).pattern(isWhole);
    if (text.peek() != RegexText.END) {
      throw text.refused(text.position(), "nothing is open that this could close");
    }
    return regex;
  }

  private LookAheads pattern(boolean isWhole) {
    List<Regex> wanted = new ArrayList<>();
    List<Regex> unwanted = new ArrayList<>();
    boolean isBegin = text.takeIf('^') || isWhole;
    int start = text.position();
    while (isBegin && (text.startsWith("(?=") || text.startsWith("(?!"))) {
      boolean isNegative = text.startsWith("(?!");
      int position = text.position();
      text.takeIf(isNegative ? "(?!" : "(?=");
      (isNegative ? unwanted : wanted).add(lookAhead(isNegative, position));
    }
    if (text.position() == start) {
      text.backTo(0);
      return new LookAheads(alternation(), List.of(), List.of());
    }
    Regex rest = alternation();
    if (rest instanceof Alternation) {
      throw text.refused(
          start, "look-ahead beside | is not supported; put the alternatives into a group");
    }
    return new LookAheads(new Concatenation(List.of(new Begin(), rest)), wanted, unwanted);
  }

  private Regex lookAhead(boolean isNegative, int position) {
    isExcluding = isNegative;
    characters.exclude(isNegative);
    Regex what = alternation();
    isExcluding = false;
    characters.exclude(false);
    if (!text.takeIf(')')) {
      throw text.refused(position, "the group has no end");
    }
    return new Concatenation(List.of(new Begin(), what));
  }

  private Regex alternation() {
    if (++depth > MAX_DEPTH) {
      throw text.refused(
          text.position(), "groups nest deeper than %d, which is the most".formatted(MAX_DEPTH));
    }
    List<Regex> options = new ArrayList<>();
    do {
      options.add(concatenation());
    } while (text.takeIf('|'));
    depth--;
    return options.size() == 1 ? options.getFirst() : new Alternation(options);
  }

  private Regex concatenation() {
    List<Regex> parts = new ArrayList<>();
    while (text.peek() != RegexText.END && text.peek() != '|' && text.peek() != ')') {
      int position = text.position();
      parts.add(quantified(atom(), position));
    }
    return new Concatenation(parts);
  }

  private Regex atom() {
    int position = text.position();
    int character = text.take();
    return switch (character) {
      case '^' -> new Begin();
      case '$' -> new End();
      case '.' -> new Characters(isExcluding ? ANY_BUT_NEWLINE : ANY_BUT_LINE_ENDS);
      case '(' -> group(position);
      case '[' -> new Characters(characters.characterClass(position));
      case '\\' -> new Characters(characters.escape(position));
      case '*', '+', '?' -> throw text.refused(position, "there is nothing to repeat");
      case '{' -> {
        text.backTo(position);
        if (count() != null) {
          throw text.refused(position, "there is nothing to repeat");
        }
        text.take();
        yield new Characters(CodePoints.in("{"));
      }
      default -> new Characters(CharacterReader.one(character));
    };
  }

  private Regex group(int position) {
    if (text.takeIf('?')) {
      if (text.startsWith("=") || text.startsWith("!")) {
        throw text.refused(
            position, "look-ahead is only supported where the pattern begins, behind ^");
      }
      if (text.startsWith("<=") || text.startsWith("<!")) {
        throw text.refused(position, "look-behind is not supported");
      }
      if (text.startsWith(">")) {
        throw text.refused(position, "atomic groups are not supported");
      }
      if (text.takeIf("<") || text.takeIf("P<")) {
        groupName(position);
      } else if (!text.takeIf(':')) {
        throw text.refused(
            position, "of groups with ?, only (?:...) and (?<name>...) are supported");
      }
    }
    Regex inner = alternation();
    if (!text.takeIf(')')) {
      throw text.refused(position, "the group has no end");
    }
    return inner;
  }

  private void groupName(int position) {
    int start = text.position();
    while (Character.isJavaIdentifierPart(Math.max(0, text.peek())) && text.peek() > 0) {
      text.take();
    }
    if (text.position() == start || !text.takeIf('>')) {
      throw text.refused(position, "the group's name must be letters and digits, ended by >");
    }
  }

  private Regex quantified(Regex what, int position) {
    int start = text.position();
    int[] count = quantifier();
    if (count == null) {
      return what;
    }
    if (text.peek() == '+') {
      throw text.refused(start, "possessive quantifiers are not supported");
    }
    text.takeIf('?');
    int next = text.position();
    if (quantifier() != null) {
      throw text.refused(next, "a quantifier cannot follow a quantifier");
    }
    if (what instanceof Begin || what instanceof End) {
      throw text.refused(position, "an anchor cannot be repeated");
    }
    return new Repeated(what, count[0], count[1]);
  }

  /** Least and most, or null if there is none here. */
  private int[] quantifier() {
    return switch (text.peek()) {
      case '*' -> {
        text.take();
        yield new int[] {0, Repeated.UNBOUNDED};
      }
      case '+' -> {
        text.take();
        yield new int[] {1, Repeated.UNBOUNDED};
      }
      case '?' -> {
        text.take();
        yield new int[] {0, 1};
      }
      case '{' -> count();
      default -> null;
    };
  }

  /** What is no count, such as {@code {a}}, is text. */
  private int[] count() {
    int start = text.position();
    text.take();
    int least = number();
    int most = least;
    if (least >= 0 && text.takeIf(',')) {
      most = text.peek() == '}' ? Repeated.UNBOUNDED : number();
      if (most < 0 && text.peek() != '}') {
        least = -1;
      }
    }
    if (least < 0 || !text.takeIf('}')) {
      text.backTo(start);
      return null;
    }
    if (least > MAX_COUNT || most > MAX_COUNT) {
      throw text.refused(start, "at most %,d times are allowed".formatted(MAX_COUNT));
    }
    if (most != Repeated.UNBOUNDED && most < least) {
      throw text.refused(start, "the most is below the least");
    }
    return new int[] {least, most};
  }

  /** Of digits, capped; -1 if there are none. */
  private int number() {
    int value = -1;
    while (text.peek() >= '0' && text.peek() <= '9') {
      value = Math.min(MAX_COUNT + 1, Math.max(0, value) * 10 + text.take() - '0');
    }
    return value;
  }
}
