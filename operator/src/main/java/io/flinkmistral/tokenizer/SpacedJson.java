package io.flinkmistral.tokenizer;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * JSON with {@code ", "} and {@code ": "} between its parts, characters beyond ASCII as they are,
 * and numbers as the source spells them. Models were trained on what Python's {@code
 * json.dumps(ensure_ascii=False)} writes.
 */
final class SpacedJson {
  private static final JsonFactory FACTORY = new JsonFactory();

  private final StringBuilder out = new StringBuilder();

  /** Whether a value ended last, so that a comma comes before what follows in its container. */
  private boolean afterValue;

  private SpacedJson() {}

  /** The one JSON value that the text is, or nothing where it is none. */
  static Optional<String> of(String text) {
    SpacedJson json = new SpacedJson();
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      int depth = 0;
      do {
        JsonToken token = parser.nextToken();
        if (token == null) {
          return Optional.empty();
        }
        json.append(token, parser);
        depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
      } while (depth > 0);
      return parser.nextToken() == null ? Optional.of(json.out.toString()) : Optional.empty();
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  /** The text as a JSON string. */
  static String quoted(String text) {
    SpacedJson json = new SpacedJson();
    json.quote(text);
    return json.out.toString();
  }

  private void append(JsonToken token, JsonParser parser) {
    if (afterValue && !token.isStructEnd()) {
      out.append(", ");
    }
    switch (token) {
      case START_OBJECT, START_ARRAY, END_OBJECT, END_ARRAY -> out.append(token.asString());
      case PROPERTY_NAME -> {
        quote(parser.currentName());
        out.append(": ");
      }
      case VALUE_STRING -> quote(parser.getString());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE, VALUE_NULL ->
          out.append(parser.getString());
      case NOT_AVAILABLE, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("text parsed into " + token);
    }
    afterValue = token.isStructEnd() || token.isScalarValue();
  }

  private void quote(String text) {
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
