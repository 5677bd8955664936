package io.flinkmistral.jobs.json;

import io.flinkmistral.protocol.InvalidRequestException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A record that is a JSON object, for those who look at its fields as they are. */
public final class JsonRecord {
  private static final JsonMapper WRITER = JsonMapper.shared();

  private JsonRecord() {}

  /**
   * @throws InvalidRequestException if the bytes are no UTF-8, no JSON, or JSON but no object; it
   *     says where
   */
  public static ObjectNode read(byte[] bytes) {
    return (ObjectNode) StrictJson.object(bytes);
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
