package io.flinkmistral.constraint.schema.document;

import io.flinkmistral.constraint.Place;
import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What becomes of each word in a schema. */
public final class Keywords {
  static final Set<String> ENFORCED =
      Set.of(
          "type",
          "enum",
          "const",
          "allOf",
          "anyOf",
          "oneOf",
          "not",
          "$ref",
          "properties",
          "required",
          "additionalProperties",
          "patternProperties",
          "propertyNames",
          "minProperties",
          "maxProperties",
          "dependentRequired",
          "dependentSchemas",
          "dependencies",
          "unevaluatedProperties",
          "items",
          "prefixItems",
          "additionalItems",
          "unevaluatedItems",
          "minItems",
          "maxItems",
          "uniqueItems",
          "contains",
          "minContains",
          "maxContains",
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "minLength",
          "maxLength",
          "pattern",
          "format",
          "if",
          "then",
          "else");

  /** Their effect depends on where a validator came from, which a grammar cannot know. */
  static final Set<String> REFUSED = Set.of("$dynamicRef", "$recursiveRef");

  /** Slips that are no different letter or two of a long word. */
  private static final Map<String, String> SLIPS =
      Map.of(
          "item", "items",
          "types", "type",
          "enums", "enum",
          "property", "properties",
          "minlen", "minLength",
          "maxlen", "maxLength",
          "regex", "pattern",
          "ref", "$ref");

  private static final List<String> LONG =
      ENFORCED.stream().filter(word -> word.length() >= 6).sorted().toList();

  /** By how they are written without capitals and marks. */
  private static final Map<String, String> PLAIN =
      ENFORCED.stream().collect(Collectors.toUnmodifiableMap(Keywords::plain, word -> word));

  private Keywords() {}

  /**
   * A word that is not known is an annotation, unless it looks like one that is: an answer must not
   * be free where its schema was misspelt.
   *
   * @param place of the schema that it stands in
   */
  public static void check(String word, Place place) {
    if (ENFORCED.contains(word)) {
      return;
    }
    if (REFUSED.contains(word)) {
      throw place.in(word).refused("%s is not supported; $ref is".formatted(word));
    }
    String meant = meant(word);
    if (meant != null) {
      throw place
          .in(word)
          .refused("%s is no keyword; did you mean %s?".formatted(Excerpt.of(word), meant));
    }
  }

  private static String meant(String word) {
    if (word.length() > 30) {
      return null;
    }
    String plain = plain(word);
    if (SLIPS.containsKey(plain)) {
      return SLIPS.get(plain);
    }
    if (PLAIN.containsKey(plain)) {
      return PLAIN.get(plain);
    }
    return LONG.stream().filter(known -> isOneEditFrom(known, word)).findFirst().orElse(null);
  }

  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replaceAll("[$_ -]", "");
  }

  /** One letter is too much, missing, different, or has changed places with the next. */
  private static boolean isOneEditFrom(String known, String word) {
    int begin = 0;
    int shorter = Math.min(known.length(), word.length());
    while (begin < shorter && known.charAt(begin) == word.charAt(begin)) {
      begin++;
    }
    String left = known.substring(begin);
    String right = word.substring(begin);
    return switch (left.length() - right.length()) {
      case 1 -> left.substring(1).equals(right);
      case -1 -> right.substring(1).equals(left);
      case 0 ->
          left.substring(1).equals(right.substring(1))
              || left.length() > 1
                  && left.charAt(0) == right.charAt(1)
                  && left.charAt(1) == right.charAt(0)
                  && left.substring(2).equals(right.substring(2));
      default -> false;
    };
  }
}
