package io.flinkmistral.jobs.forms;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Forms that only short texts are of, so that every answer ends, whatever a model says. Each seed
 * gives the same ones.
 */
final class BoundedForms {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final List<String> PATTERNS =
      List.of(
          "[a-z]{1,6}",
          "(un|re)?do(ing)?",
          "[0-9]{2}:[0-5][0-9]",
          "[A-ZÄÖÜ][a-zäöü]{0,4}( [IVX]{1,3})?");

  private static final List<String> FORMATS = List.of("date", "time", "date-time", "ipv4", "uuid");

  /** GBNF, and what texts of it match. */
  private static final List<String[]> GRAMMARS =
      List.of(
          new String[] {
            "root ::= sum{1,3} \".\"\nsum ::= [1-9] (\"+\" [1-9])? \";\"",
            "([1-9](\\+[1-9])?;){1,3}\\."
          },
          new String[] {
            "root ::= \"<\" name \">\" [^<>]{0,5} \"</\" name \">\"\nname ::= \"b\" | \"em\"",
            "<(b|em)>[^<>]{0,5}</(b|em)>"
          });

  private final Random random;

  BoundedForms(long seed) {
    random = new Random(seed);
  }

  /** What an answer is held to. */
  sealed interface Form {
    /** The request's field that says it, as JSON. */
    String field();

    record Schema(String schema, boolean inPrompt) implements Form {
      @Override
      public String field() {
        return "\"structured_outputs\": {\"json\": %s, \"in_prompt\": %s}"
            .formatted(schema, inPrompt);
      }
    }

    record Choice(List<String> texts) implements Form {
      @Override
      public String field() {
        return "\"structured_outputs\": {\"choice\": %s}"
            .formatted(MAPPER.writeValueAsString(texts));
      }
    }

    record Regex(String pattern) implements Form {
      @Override
      public String field() {
        return "\"structured_outputs\": {\"regex\": %s}"
            .formatted(MAPPER.writeValueAsString(pattern));
      }
    }

    record Grammar(String gbnf, Pattern same) implements Form {
      @Override
      public String field() {
        return "\"structured_outputs\": {\"grammar\": %s}"
            .formatted(MAPPER.writeValueAsString(gbnf));
      }
    }
  }

  Form next() {
    return switch (random.nextInt(10)) {
      case 0 -> new Form.Choice(words(2 + random.nextInt(6)));
      case 1 -> new Form.Regex(any(PATTERNS));
      case 2 -> {
        String[] grammar = any(GRAMMARS);
        yield new Form.Grammar(grammar[0], Pattern.compile(grammar[1], Pattern.DOTALL));
      }
      default -> new Form.Schema(schema(), random.nextInt(4) == 0);
    };
  }

  private String schema() {
    ObjectNode root = object(2);
    root.putObject("$defs").set("leaf", leaf());
    return root.toString();
  }

  private ObjectNode value(int depth) {
    return switch (depth > 0 ? random.nextInt(8) : random.nextInt(2)) {
      case 0 -> leaf();
      case 1 -> MAPPER.createObjectNode().put("$ref", "#/$defs/leaf");
      case 2, 3 -> object(depth - 1);
      case 4 -> list(depth - 1);
      case 5 -> tuple(depth - 1);
      case 6 -> eitherOf("anyOf", depth - 1);
      default -> eitherOf("oneOf", depth - 1);
    };
  }

  private ObjectNode leaf() {
    ObjectNode leaf = MAPPER.createObjectNode();
    switch (random.nextInt(9)) {
      case 0 -> leaf.put("type", "string").put("maxLength", random.nextInt(7));
      case 1 -> leaf.put("type", "string").put("minLength", 1).put("maxLength", 3);
      case 2 -> leaf.put("type", "string").put("pattern", "^" + any(PATTERNS) + "$");
      case 3 -> leaf.put("type", "string").put("format", any(FORMATS));
      case 4 -> {
        int least = random.nextInt(200) - 100;
        leaf.put("type", "integer")
            .put("minimum", least)
            .put("maximum", least + random.nextInt(99));
      }
      case 5 -> leaf.put("type", "number").put("minimum", -1).put("exclusiveMaximum", 1.5);
      case 6 ->
          leaf.put("type", "integer").put("minimum", 0).put("maximum", 90).put("multipleOf", 15);
      case 7 -> {
        ArrayNode values = leaf.putArray("enum");
        words(1 + random.nextInt(4)).forEach(values::add);
        values.add(random.nextInt(10)).addNull().add(true);
      }
      default -> {
        ArrayNode types = leaf.putArray("type");
        types.add("boolean").add("null");
      }
    }
    return leaf;
  }

  private ObjectNode object(int depth) {
    ObjectNode object = MAPPER.createObjectNode().put("type", "object");
    ObjectNode properties = object.putObject("properties");
    ArrayNode required = object.putArray("required");
    for (String name : words(1 + random.nextInt(4))) {
      properties.set(name, value(depth));
      if (random.nextInt(3) > 0) {
        required.add(name);
      }
    }
    return object.put("additionalProperties", false).put("description", "of " + any(PATTERNS));
  }

  private ObjectNode list(int depth) {
    ObjectNode list = MAPPER.createObjectNode().put("type", "array");
    int least = random.nextInt(3);
    list.set("items", value(depth));
    return list.put("minItems", least).put("maxItems", least + random.nextInt(3));
  }

  private ObjectNode tuple(int depth) {
    ObjectNode tuple = MAPPER.createObjectNode().put("type", "array");
    tuple.putArray("prefixItems").add(value(depth)).add(leaf());
    return tuple.put("items", false).put("minItems", 2);
  }

  /** Branches of different types, so that no value is of two of them. */
  private ObjectNode eitherOf(String word, int depth) {
    ObjectNode either = MAPPER.createObjectNode();
    either.putArray(word).add(object(depth)).add(list(depth)).add(flag());
    return either;
  }

  private static ObjectNode flag() {
    return MAPPER.createObjectNode().put("type", "boolean");
  }

  private List<String> words(int count) {
    List<String> words = new ArrayList<>();
    while (words.size() < count) {
      String made = word(1 + random.nextInt(6));
      if (!words.contains(made)) {
        words.add(made);
      }
    }
    return words;
  }

  private String word(int length) {
    int[] letters = "abcdeinorstäß_-\"\\😀".codePoints().toArray();
    StringBuilder word = new StringBuilder();
    for (int i = 0; i < length; i++) {
      word.appendCodePoint(letters[random.nextInt(letters.length)]);
    }
    return word.toString();
  }

  private <T> T any(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
