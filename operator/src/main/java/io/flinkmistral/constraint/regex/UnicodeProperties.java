package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/** Characters by the properties that ECMA-262 names, as this Java's version of Unicode has them. */
final class UnicodeProperties {
  private static final Map<String, Integer> CATEGORIES =
      Map.ofEntries(
          Map.entry("Lu", (int) Character.UPPERCASE_LETTER),
          Map.entry("Ll", (int) Character.LOWERCASE_LETTER),
          Map.entry("Lt", (int) Character.TITLECASE_LETTER),
          Map.entry("Lm", (int) Character.MODIFIER_LETTER),
          Map.entry("Lo", (int) Character.OTHER_LETTER),
          Map.entry("Mn", (int) Character.NON_SPACING_MARK),
          Map.entry("Mc", (int) Character.COMBINING_SPACING_MARK),
          Map.entry("Me", (int) Character.ENCLOSING_MARK),
          Map.entry("Nd", (int) Character.DECIMAL_DIGIT_NUMBER),
          Map.entry("Nl", (int) Character.LETTER_NUMBER),
          Map.entry("No", (int) Character.OTHER_NUMBER),
          Map.entry("Pc", (int) Character.CONNECTOR_PUNCTUATION),
          Map.entry("Pd", (int) Character.DASH_PUNCTUATION),
          Map.entry("Ps", (int) Character.START_PUNCTUATION),
          Map.entry("Pe", (int) Character.END_PUNCTUATION),
          Map.entry("Pi", (int) Character.INITIAL_QUOTE_PUNCTUATION),
          Map.entry("Pf", (int) Character.FINAL_QUOTE_PUNCTUATION),
          Map.entry("Po", (int) Character.OTHER_PUNCTUATION),
          Map.entry("Sm", (int) Character.MATH_SYMBOL),
          Map.entry("Sc", (int) Character.CURRENCY_SYMBOL),
          Map.entry("Sk", (int) Character.MODIFIER_SYMBOL),
          Map.entry("So", (int) Character.OTHER_SYMBOL),
          Map.entry("Zs", (int) Character.SPACE_SEPARATOR),
          Map.entry("Zl", (int) Character.LINE_SEPARATOR),
          Map.entry("Zp", (int) Character.PARAGRAPH_SEPARATOR),
          Map.entry("Cc", (int) Character.CONTROL),
          Map.entry("Cf", (int) Character.FORMAT));

  private static final Map<String, String> LONG_NAMES =
      Map.ofEntries(
          Map.entry("Letter", "L"),
          Map.entry("Uppercase_Letter", "Lu"),
          Map.entry("Lowercase_Letter", "Ll"),
          Map.entry("Mark", "M"),
          Map.entry("Number", "N"),
          Map.entry("Decimal_Number", "Nd"),
          Map.entry("digit", "Nd"),
          Map.entry("Punctuation", "P"),
          Map.entry("punct", "P"),
          Map.entry("Symbol", "S"),
          Map.entry("Currency_Symbol", "Sc"),
          Map.entry("Math_Symbol", "Sm"),
          Map.entry("Separator", "Z"),
          Map.entry("Space_Separator", "Zs"),
          Map.entry("Control", "Cc"));

  private static final Set<String> GROUPS = Set.of("L", "M", "N", "P", "S", "Z");

  /** Found once, since a walk through all characters takes milliseconds. */
  private static final Map<Integer, CodePoints> OF_TYPE = byType();

  private UnicodeProperties() {}

  private static Map<Integer, CodePoints> byType() {
    Map<Integer, List<Range>> ranges = new HashMap<>();
    int from = 0;
    for (int c = 1; c <= Character.MAX_CODE_POINT + 1; c++) {
      int type = Character.getType(from);
      if (c > Character.MAX_CODE_POINT || Character.getType(c) != type) {
        ranges.computeIfAbsent(type, _ -> new ArrayList<>()).add(new Range(from, c - 1));
        from = c;
      }
    }
    return ranges.entrySet().stream()
        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> CodePoints.of(e.getValue())));
  }

  /** Null if there is none of this name. */
  static CodePoints find(String property) {
    int equals = property.indexOf('=');
    if (equals < 0) {
      CodePoints category = category(property);
      return category != null ? category : binary(property);
    }
    String value = property.substring(equals + 1);
    return switch (property.substring(0, equals)) {
      case "gc", "General_Category" -> category(value);
      case "sc", "Script" -> script(value);
      default -> null;
    };
  }

  private static CodePoints category(String name) {
    String brief = LONG_NAMES.getOrDefault(name, name);
    if (GROUPS.contains(brief)) {
      return CATEGORIES.entrySet().stream()
          .filter(category -> category.getKey().startsWith(brief))
          .map(category -> OF_TYPE.get(category.getValue()))
          .reduce(CodePoints.NONE, CodePoints::or);
    }
    Integer type = CATEGORIES.get(brief);
    return type == null ? null : OF_TYPE.get(type);
  }

  private static CodePoints binary(String name) {
    return switch (name) {
      case "Any" -> CodePoints.ALL;
      case "ASCII" -> CodePoints.of(new Range(0, 127));
      case "Alphabetic", "Alpha" -> all(Character::isAlphabetic);
      case "Lowercase", "Lower" -> all(Character::isLowerCase);
      case "Uppercase", "Upper" -> all(Character::isUpperCase);
      case "White_Space", "space" ->
          all(c -> Character.isSpaceChar(c) || c >= '\t' && c <= '\r' || c == 0x85);
      case "Emoji" -> all(Character::isEmoji);
      default -> null;
    };
  }

  private static CodePoints script(String name) {
    try {
      Character.UnicodeScript script = Character.UnicodeScript.forName(name);
      return all(c -> Character.UnicodeScript.of(c) == script);
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  private static CodePoints all(IntPredicate has) {
    List<Range> ranges = new ArrayList<>();
    int from = -1;
    for (int c = 0; c <= Character.MAX_CODE_POINT + 1; c++) {
      boolean is = c <= Character.MAX_CODE_POINT && has.test(c);
      if (is && from < 0) {
        from = c;
      } else if (!is && from >= 0) {
        ranges.add(new Range(from, c - 1));
        from = -1;
      }
    }
    return CodePoints.of(ranges);
  }
}
