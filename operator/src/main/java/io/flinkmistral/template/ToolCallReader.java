package io.flinkmistral.template;

import io.flinkmistral.protocol.ToolCall;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the calls of tools that a model has written: a list of objects with a name, with arguments
 * (an object, or a text that is taken as it is), and, perhaps, an id. Other fields are ignored; of
 * fields of one name the last counts.
 */
public final class ToolCallReader {
  private static final JsonFactory FACTORY = new JsonFactory();

  /** What is no list of calls; the reader's own, as JSON may be fine. */
  private static final class NoCallsException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private final String text;
  private final JsonParser parser;

  private ToolCallReader(String text, JsonParser parser) {
    this.text = text;
    this.parser = parser;
  }

  /**
   * The calls that a text is, each with the id that it has there, or an empty one; arguments are as
   * they stand in the text. None where the text is anything else: not all of it is such a list.
   */
  public static List<ToolCall> read(String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      return new ToolCallReader(text, parser).calls();
    } catch (JacksonException | NoCallsException e) {
      return List.of();
    }
  }

  private List<ToolCall> calls() throws NoCallsException {
    expect(JsonToken.START_ARRAY, parser.nextToken());
    List<ToolCall> calls = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      calls.add(call());
    }
    expect(null, parser.nextToken());
    return calls;
  }

  private ToolCall call() throws NoCallsException {
    expect(JsonToken.START_OBJECT, parser.currentToken());
    String id = "";
    String name = "";
    String arguments = "";
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (field) {
        case "id" -> id = value == JsonToken.VALUE_STRING ? parser.getString() : "";
        case "name" -> {
          expect(JsonToken.VALUE_STRING, value);
          name = parser.getString();
        }
        case "arguments" -> arguments = arguments(value);
        default -> {}
      }
      parser.skipChildren();
    }
    if (name.isEmpty() || arguments.isEmpty()) {
      throw new NoCallsException();
    }
    return new ToolCall(id, name, arguments);
  }

  private String arguments(JsonToken value) throws NoCallsException {
    if (value == JsonToken.VALUE_STRING) {
      return parser.getString().isBlank() ? "{}" : parser.getString();
    }
    expect(JsonToken.START_OBJECT, value);
    int from = (int) parser.currentTokenLocation().getCharOffset();
    parser.skipChildren();
    return text.substring(from, (int) parser.currentLocation().getCharOffset());
  }

  private static void expect(JsonToken wanted, JsonToken found) throws NoCallsException {
    if (wanted != found) {
      throw new NoCallsException();
    }
  }
}
