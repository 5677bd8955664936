package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.InvalidRequestException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A record that is a JSON object, for those who look at its fields as they are. */
public final class JsonRecord {
  private static final JsonMapper WRITER = JsonMapper.shared();
  private static final JsonFactory FACTORY = StrictJson.factory(StrictJson.MAX_DEPTH).build();

  private JsonRecord() {}

  /**
   * @throws InvalidRequestException if the bytes are no UTF-8, no JSON, or JSON but no object; it
   *     says where
   */
  public static ObjectNode read(byte[] bytes) {
    return (ObjectNode) StrictJson.exactObject(StrictJson.text(bytes));
  }

  /**
   * A record with other fields behind its own, of which those with such names go. What stays is as
   * it was written, to the digit and the escape: a reader of it knows more of it than this one.
   *
   * @throws InvalidRequestException as {@link #read} does
   */
  public static byte[] with(byte[] bytes, ObjectNode added) {
    String text = StrictJson.text(bytes);
    StrictJson.exactObject(text); // Checks it.
    StringJoiner members = new StringJoiner(",", "{", "}");
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      parser.nextToken();
      JsonToken token = parser.nextToken();
      while (token == JsonToken.PROPERTY_NAME) {
        String name = parser.currentName();
        int begin = offset(parser);
        parser.nextToken();
        parser.skipChildren();
        token = parser.nextToken();
        if (!added.has(name)) {
          members.add(member(text.substring(begin, offset(parser))));
        }
      }
    }
    String fields = added.toString();
    if (!added.isEmpty()) {
      members.add(fields.substring(1, fields.length() - 1));
    }
    return members.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static int offset(JsonParser parser) {
    return (int) parser.currentTokenLocation().getCharOffset();
  }

  /** Without what stands between it and the next one, and on one line. */
  private static String member(String text) {
    String member = text.strip();
    if (member.endsWith(",")) {
      member = member.substring(0, member.length() - 1).strip();
    }
    return member.replace('\n', ' ').replace('\r', ' ');
  }

  /** An object without fields. */
  public static ObjectNode empty() {
    return WRITER.createObjectNode();
  }

  public static byte[] write(ObjectNode object) {
    return object.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Its fields: texts as they are, and what is more than a value as JSON. */
  public static Map<String, Object> columns(ObjectNode object) {
    Map<String, Object> columns = new LinkedHashMap<>();
    object.properties().forEach(field -> columns.put(field.getKey(), value(field.getValue())));
    return columns;
  }

  private static Object value(JsonNode node) {
    if (node.isNull()) {
      return null;
    }
    return node.isString() ? node.stringValue() : node.toString();
  }
}
