package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads escapes and classes in brackets.
 *
 * <p>Dialects do not agree on what a digit, a word or white space is outside of ASCII. A text must
 * match in whichever it is read: what is allowed as one is so in all of them, and what is allowed
 * as none is so in none.
 */
final class CharacterReader {
  private static final CodePoints DIGITS = CodePoints.of(new Range('0', '9'));
  private static final CodePoints WORD =
      CodePoints.of(
          new Range('a', 'z'), new Range('A', 'Z'), new Range('0', '9'), new Range('_', '_'));

  private static final CodePoints SPACE = CodePoints.in("\t\n\u000b\f\r ");

  /** ECMA-262 (22.2.2.9) and Python. */
  private static final CodePoints ANY_SPACE =
      SPACE
          .or(CodePoints.of(new Range('\u2000', '\u200a'), new Range('\u001c', '\u001f')))
          .or(CodePoints.in("\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"));

  private static final CodePoints ANY_DIGIT = UnicodeProperties.find("Nd");

  /** Unicode's Technical Standard 18, annex C. */
  private static final CodePoints ANY_WORD =
      WORD.or(UnicodeProperties.find("Alphabetic"))
          .or(UnicodeProperties.find("M"))
          .or(ANY_DIGIT)
          .or(UnicodeProperties.find("Pc"))
          .or(CodePoints.in("\u200c\u200d"));

  private static final long STEPS_A_RANGE = 4;

  /** Of a walk through all characters. */
  private static final int PROPERTY_COST = 400_000;

  private final RegexText text;
  private final Effort effort;
  private final Place place;
  private final Map<String, CodePoints> properties = new HashMap<>();

  /** Whether this is inside of a class of characters that are not allowed. */
  private boolean isNegated;

  private boolean isExcluding;

  CharacterReader(RegexText text, Effort effort, Place place) {
    this.text = text;
    this.effort = effort;
    this.place = place;
  }

  /** What is read from now on is excluded, or is not. */
  void exclude(boolean is) {
    isExcluding = is;
  }

  /** Where what is no digit in some dialect must count as one. */
  private boolean isWide() {
    return isNegated != isExcluding;
  }

  static CodePoints one(int character) {
    return CodePoints.of(new Range(character, character));
  }

  /** Its ranges are copied, sorted and compared. */
  private CodePoints counted(CodePoints set) {
    effort.spend(STEPS_A_RANGE * set.ranges().size(), place);
    return set;
  }

  /** After the backslash at {@code position}. */
  CodePoints escape(int position) {
    int character = text.take();
    return switch (character) {
      case 'b', 'B' -> throw text.refused(position, "word boundaries are not supported");
      case 'A', 'Z', 'z', 'G' ->
          throw text.refused(position, "this anchor is not supported, but ^ and $ are");
      case 'k', '1', '2', '3', '4', '5', '6', '7', '8', '9' ->
          throw text.refused(position, "back references are not supported");
      case '-' -> one('-');
      default -> common(character, position);
    };
  }

  private CodePoints common(int character, int position) {
    return counted(known(character, position));
  }

  private CodePoints known(int character, int position) {
    return switch (character) {
      case RegexText.END -> throw text.refused(position, "nothing is behind the backslash");
      case 'd' -> isWide() ? ANY_DIGIT : DIGITS;
      case 'D' -> (isWide() ? DIGITS : ANY_DIGIT).complement();
      case 'w' -> isWide() ? ANY_WORD : WORD;
      case 'W' -> (isWide() ? WORD : ANY_WORD).complement();
      case 's' -> isWide() ? ANY_SPACE : SPACE;
      case 'S' -> (isWide() ? SPACE : ANY_SPACE).complement();
      case 'p' -> property(position);
      case 'P' -> property(position).complement();
      case 't' -> one('\t');
      case 'n' -> one('\n');
      case 'r' -> one('\r');
      case 'f' -> one('\f');
      case 'v' -> one('\u000b');
      case '0' -> zero(position);
      case 'c' -> control(position);
      case 'x' -> one(text.hex(2, position));
      case 'u' -> one(unicode(position));
      default -> {
        if (character < 128 && Character.isLetterOrDigit(character)) {
          throw text.refused(position, "this escape is not known");
        }
        yield one(character);
      }
    };
  }

  private CodePoints zero(int position) {
    if (text.peek() >= '0' && text.peek() <= '9') {
      throw text.refused(position, "octal escapes are not supported, but \\x and \\u are");
    }
    return one(0);
  }

  private CodePoints control(int position) {
    int letter = text.take();
    if (letter < 'A' || letter > 'z' || letter > 'Z' && letter < 'a') {
      throw text.refused(position, "\\c must be followed by a letter");
    }
    return one(letter % 32);
  }

  private int unicode(int position) {
    if (text.takeIf('{')) {
      int value = 0;
      int start = text.position();
      while (Character.digit(Math.max(0, text.peek()), 16) >= 0) {
        value = Math.min(Character.MAX_CODE_POINT + 1, value * 16 + text.hex(1, position));
      }
      if (text.position() == start || !text.takeIf('}') || value > Character.MAX_CODE_POINT) {
        throw text.refused(position, "\\u{...} must be a hexadecimal number up to 10FFFF");
      }
      return whole(value, position);
    }
    int first = text.hex(4, position);
    int before = text.position();
    if (Character.isHighSurrogate((char) first) && text.takeIf("\\u")) {
      int second = text.peek() == '{' ? 0 : text.hex(4, position);
      if (Character.isLowSurrogate((char) second)) {
        return Character.toCodePoint((char) first, (char) second);
      }
      text.backTo(before);
    }
    return whole(first, position);
  }

  private int whole(int character, int position) {
    if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
      throw text.refused(position, "half of a surrogate pair is no character");
    }
    return character;
  }

  private CodePoints property(int position) {
    int start = text.position();
    String name;
    if (text.takeIf('{')) {
      start = text.position();
      while (text.peek() != '}' && text.peek() != RegexText.END && text.position() < start + 50) {
        text.take();
      }
      name = text.since(start);
      if (!text.takeIf('}')) {
        throw text.refused(position, "the property's name has no end");
      }
    } else {
      text.take();
      name = text.since(start);
    }
    if (!properties.containsKey(name)) {
      effort.spend(PROPERTY_COST, place);
    }
    CodePoints known = properties.computeIfAbsent(name, UnicodeProperties::find);
    if (known == null) {
      throw text.refused(
          position,
          "this property is not known; general categories, scripts (Script=Greek), Any, ASCII,"
              + " Alphabetic, Lowercase, Uppercase, White_Space and Emoji are");
    }
    return known;
  }

  /** After the bracket at {@code position}. */
  CodePoints characterClass(int position) {
    boolean not = text.takeIf('^');
    isNegated = not;
    List<Range> ranges = new ArrayList<>();
    while (!text.takeIf(']')) {
      if (text.peek() == RegexText.END) {
        throw text.refused(position, "the class has no end");
      }
      if (text.startsWith("[:") || text.startsWith("[.") || text.startsWith("[=")) {
        throw text.refused(
            text.position(), "classes by name in brackets are not supported, but \\p{...} is");
      }
      int start = text.position();
      CodePoints first = member();
      if (text.peek() == '-' && text.peek(1) != ']' && text.peek(1) != RegexText.END) {
        text.take();
        CodePoints last = member();
        ranges.add(range(first, last, start));
      } else {
        ranges.addAll(first.ranges());
      }
    }
    isNegated = false;
    effort.spend(STEPS_A_RANGE * ranges.size(), place);
    CodePoints all = CodePoints.of(ranges);
    return not ? all.complement() : all;
  }

  private Range range(CodePoints first, CodePoints last, int position) {
    if (!isOne(first) || !isOne(last)) {
      throw text.refused(position, "a range must go from one character to another");
    }
    int from = first.ranges().getFirst().first();
    int to = last.ranges().getFirst().first();
    if (from > to) {
      throw text.refused(position, "the range's last character is before its first");
    }
    return new Range(from, to);
  }

  private static boolean isOne(CodePoints set) {
    return set.ranges().size() == 1
        && set.ranges().getFirst().first() == set.ranges().getFirst().last();
  }

  private CodePoints member() {
    int position = text.position();
    int character = text.take();
    if (character != '\\') {
      return one(character);
    }
    int escaped = text.take();
    return escaped == 'b' ? one('\b') : common(escaped, position);
  }
}
