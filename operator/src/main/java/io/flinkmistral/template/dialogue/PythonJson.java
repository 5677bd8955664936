package io.flinkmistral.template.dialogue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;

/**
 * JSON as Python's {@code json} module reads and writes it, which is how all JSON looked that
 * models were trained on: {@code json.dumps(json.loads(text), ensure_ascii=False)}. So there is
 * {@code ", "} and {@code ": "} between the parts, characters beyond ASCII are as they are, numbers
 * are spelt anew ({@code 1e3} is {@code 1000.0}, {@code -0} is {@code 0}), {@code NaN} and {@code
 * Infinity} are numbers, and of equal names in an object the last value counts, at the place of the
 * first.
 */
final class PythonJson {
  /** Python gives up at about a thousand; a value that nests deeper is taken for a text here. */
  private static final int MAX_DEPTH = 900;

  /** The most digits that Python reads. */
  private static final int MAX_NUMBER = 4300;

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxStringLength(Integer.MAX_VALUE)
                  .build())
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  /** A value of JSON. */
  sealed interface Value {}

  record Members(Map<String, Value> values) implements Value {}

  record Elements(List<Value> values) implements Value {}

  record Text(String text) implements Value {}

  /** A number, true, false or null, as it is written. */
  record Word(String text) implements Value {}

  static final Word NULL = new Word("null");

  private PythonJson() {}

  /** The one value that a text is, or nothing where it is none. */
  static Optional<Value> read(String text) {
    if (text.startsWith("\uFEFF")) { // Python refuses the mark, parsers of Java skip it.
      return Optional.empty();
    }
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        return Optional.empty();
      }
      Optional<Value> value = value(first, parser);
      return parser.nextToken() == null ? value : Optional.empty();
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  private static Optional<Value> value(JsonToken token, JsonParser parser) {
    return switch (token) {
      case START_OBJECT -> members(parser);
      case START_ARRAY -> elements(parser);
      case VALUE_STRING -> Optional.of(new Text(parser.getString()));
      case VALUE_NUMBER_INT -> Optional.of(new Word(PythonNumber.ofInteger(parser.getString())));
      case VALUE_NUMBER_FLOAT -> PythonNumber.ofFloat(parser.getString()).map(Word::new);
      case VALUE_TRUE, VALUE_FALSE, VALUE_NULL -> Optional.of(new Word(parser.getString()));
      case END_OBJECT, END_ARRAY, PROPERTY_NAME, NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("a value starts with " + token);
    };
  }

  private static Optional<Value> members(JsonParser parser) {
    Map<String, Value> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      Optional<Value> value = value(parser.nextToken(), parser);
      if (value.isEmpty()) {
        return value;
      }
      members.put(name, value.get()); // A name that is there keeps its place.
    }
    return Optional.of(new Members(members));
  }

  private static Optional<Value> elements(JsonParser parser) {
    List<Value> elements = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      Optional<Value> value = value(token, parser);
      if (value.isEmpty()) {
        return value;
      }
      elements.add(value.get());
    }
    return Optional.of(new Elements(elements));
  }

  static String write(Value value) {
    StringBuilder out = new StringBuilder();
    write(value, out);
    return out.toString();
  }

  private static void write(Value value, StringBuilder out) {
    switch (value) {
      case Members members -> {
        String before = "{";
        for (Map.Entry<String, Value> member : members.values().entrySet()) {
          out.append(before);
          quote(member.getKey(), out);
          out.append(": ");
          write(member.getValue(), out);
          before = ", ";
        }
        out.append(members.values().isEmpty() ? "{}" : "}");
      }
      case Elements elements -> {
        String before = "[";
        for (Value element : elements.values()) {
          out.append(before);
          write(element, out);
          before = ", ";
        }
        out.append(elements.values().isEmpty() ? "[]" : "]");
      }
      case Text text -> quote(text.text(), out);
      case Word word -> out.append(word.text());
    }
  }

  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        default -> {
          if (c < ' ') {
            out.append("\\u00").append(Character.forDigit(c >> 4, 16));
            out.append(Character.forDigit(c & 15, 16));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }
}
