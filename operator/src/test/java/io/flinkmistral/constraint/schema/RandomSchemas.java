package io.flinkmistral.constraint.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;

/** Schemas of words that are enforced. Each object says what becomes of other properties. */
final class RandomSchemas {
  private static final String[] NAMES = {"a", "b", "id", "name", "sub \\\"q\\\"", "é"};
  private static final String[] PATTERNS = {
    "^a", "b$", "^[a-c]*$", "a|bb", "^(ab?)+$", "[0-9]", "^.{2,4}$", "\\\\w[ -]", "é"
  };
  private static final String[] CONSTANTS = {
    "1", "2", "\"a\"", "\"b\"", "null", "true", "[1]", "{\"a\":1}", "0.5", "-3", "\"\""
  };

  private final Random random;

  RandomSchemas(long seed) {
    this.random = new Random(seed);
  }

  String next(int depth) {
    return switch (random.nextInt(depth > 0 ? 14 : 6)) {
      case 0 -> integer();
      case 1 -> number();
      case 2, 3 -> string();
      case 4 -> random.nextBoolean() ? "{\"type\":\"boolean\"}" : "{\"type\":\"null\"}";
      case 5 -> constants();
      case 6, 7, 8 -> object(depth - 1, random.nextInt(4));
      case 9, 10 -> array(depth - 1);
      case 11 -> combined("anyOf", depth - 1);
      case 12 -> combined("allOf", depth - 1);
      default -> oneOf(depth - 1);
    };
  }

  private String integer() {
    StringJoiner words = words("\"type\":\"integer\"");
    maybe(words, "minimum", random.nextInt(-50, 50));
    maybe(words, random.nextBoolean() ? "maximum" : "exclusiveMaximum", random.nextInt(20, 3000));
    if (random.nextInt(3) == 0) {
      words.add("\"multipleOf\":" + random.nextInt(1, 12));
    }
    return words.toString();
  }

  private String number() {
    StringJoiner words = words("\"type\":\"number\"");
    if (random.nextBoolean()) {
      words.add("\"minimum\":" + random.nextInt(-500, 300) / 100.0);
    }
    if (random.nextBoolean()) {
      words.add("\"exclusiveMaximum\":" + random.nextInt(-100, 50_000) / 1000.0);
    }
    if (random.nextInt(4) == 0) {
      words.add("\"multipleOf\":" + new String[] {"0.01", "0.5", "0.25", "3"}[random.nextInt(4)]);
    }
    return words.toString();
  }

  private String string() {
    StringJoiner words = words("\"type\":\"string\"");
    maybe(words, "minLength", random.nextInt(3));
    maybe(words, "maxLength", random.nextInt(3, 7));
    if (random.nextBoolean()) {
      words.add("\"pattern\":\"%s\"".formatted(PATTERNS[random.nextInt(PATTERNS.length)]));
    }
    return words.toString();
  }

  private String constants() {
    if (random.nextBoolean()) {
      return "{\"const\":%s}".formatted(CONSTANTS[random.nextInt(CONSTANTS.length)]);
    }
    int first = random.nextInt(CONSTANTS.length - 3);
    return "{\"enum\":[%s]}"
        .formatted(String.join(",", List.of(CONSTANTS).subList(first, first + 3)));
  }

  private String object(int depth, int properties) {
    StringJoiner words = words("\"type\":\"object\"");
    StringJoiner members = new StringJoiner(",", "{", "}");
    List<String> names = new ArrayList<>();
    for (int i = 0; i < properties; i++) {
      String name = "\"%s\"".formatted(NAMES[(random.nextInt(3) + 2 * i) % NAMES.length]);
      if (!names.contains(name)) {
        members.add(name + ":" + next(depth));
        names.add(name);
      }
    }
    words.add("\"properties\":" + members);
    List<String> required = names.stream().filter(_ -> random.nextBoolean()).toList();
    words.add("\"required\":" + required);
    if (random.nextInt(4) == 0) {
      words.add(
          "\"patternProperties\":{\"%s\":%s}"
              .formatted(PATTERNS[random.nextInt(PATTERNS.length)], next(0)));
    }
    words.add(
        "\"additionalProperties\":"
            + (random.nextInt(3) > 0 ? "false" : random.nextBoolean() ? "true" : next(0)));
    maybe(words, "maxProperties", random.nextInt(1, 5));
    if (random.nextInt(4) == 0) {
      words.add("\"minProperties\":1");
    }
    if (random.nextInt(6) == 0 && names.size() > 1) {
      words.add("\"dependentRequired\":{%s:[%s]}".formatted(names.getFirst(), names.getLast()));
    }
    return words.toString();
  }

  private String array(int depth) {
    StringJoiner words = words("\"type\":\"array\"");
    if (random.nextInt(3) == 0) {
      words.add("\"prefixItems\":[%s,%s]".formatted(next(depth), next(depth)));
    }
    words.add("\"items\":" + (random.nextInt(6) == 0 ? "false" : next(depth)));
    maybe(words, "minItems", random.nextInt(3));
    maybe(words, "maxItems", random.nextInt(2, 5));
    return words.toString();
  }

  private String combined(String word, int depth) {
    return random.nextBoolean()
        ? "{\"%s\":[%s,%s]}".formatted(word, next(depth), next(depth))
        : "{\"%s\":[%s,%s],\"type\":[\"object\",\"string\",\"number\"]}"
            .formatted(word, next(depth), next(depth));
  }

  private String oneOf(int depth) {
    return """
    {"oneOf":[{"type":"null"},{"type":"object","properties":{"kind":{"const":"x"},"v":%s},
    "required":["kind"],"additionalProperties":false},{"type":"object","properties":{"kind":
    {"enum":["y","z"]},"w":%s},"required":["kind","w"],"additionalProperties":false}]}
    """
        .formatted(next(depth), next(depth));
  }

  /** Branches of which some exclude each other, beside words that hold for all. */
  String branches() {
    StringJoiner branches = new StringJoiner(",");
    for (int i = random.nextInt(2, 4); i > 0; i--) {
      branches.add(branch());
    }
    String shared =
        random.nextBoolean() ? "" : "\"properties\":{\"a\":{},\"b\":{},\"c\":{\"type\":\"null\"}},";
    String type = random.nextInt(3) == 0 ? "" : "\"type\":\"object\",";
    String word = random.nextInt(5) == 0 ? "anyOf" : "oneOf";
    return "{%s%s\"%s\":[%s]}".formatted(type, shared, word, branches);
  }

  private String branch() {
    if (random.nextInt(5) == 0) {
      return next(0);
    }
    StringJoiner words = words("\"required\":[\"%s\"]".formatted(NAMES[random.nextInt(3)]));
    if (random.nextBoolean()) {
      words.add("\"type\":\"object\"");
    }
    if (random.nextBoolean()) {
      words.add(
          "\"properties\":{\"%s\":%s}"
              .formatted(NAMES[random.nextInt(3)], random.nextBoolean() ? constants() : next(1)));
    }
    if (random.nextInt(4) == 0) {
      words.add("\"additionalProperties\":false");
    }
    if (random.nextInt(4) == 0) {
      words.add("\"not\":{\"required\":[\"%s\"]}".formatted(NAMES[random.nextInt(3)]));
    }
    if (random.nextInt(5) == 0) {
      words.add("\"unevaluatedProperties\":false");
    }
    return words.toString();
  }

  private void maybe(StringJoiner words, String word, int value) {
    if (random.nextInt(3) == 0) {
      words.add("\"%s\":%d".formatted(word, value));
    }
  }

  private static StringJoiner words(String first) {
    return new StringJoiner(",", "{", "}").add(first);
  }
}
