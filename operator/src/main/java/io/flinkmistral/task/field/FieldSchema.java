package io.flinkmistral.task.field;

import io.flinkmistral.task.field.FieldType.Field;
import java.math.BigDecimal;
import java.math.BigInteger;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Fields as a JSON schema, which answers are held to. */
public final class FieldSchema {
  /** What messages call it. */
  static final String PARAMETER = "schema";

  private static final JsonMapper JSON = JsonMapper.shared();
  private static final String TYPE = "type";
  private static final String STRING = "string";
  private static final String FORMAT = "format";
  private static final String PATTERN = "pattern";
  private static final String MINIMUM = "minimum";
  private static final String MAXIMUM = "maximum";

  private FieldSchema() {}

  /** All fields, in their order, and no others. */
  public static String of(FieldType.Row row) {
    return object(row).toString();
  }

  private static ObjectNode object(FieldType.Row row) {
    ObjectNode schema = JSON.createObjectNode().put(TYPE, "object");
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = schema.putArray("required");
    for (Field field : row.fields()) {
      properties.set(field.name(), value(field.type(), field.nullable()));
      required.add(field.name());
    }
    return schema.put("additionalProperties", false);
  }

  private static ObjectNode value(FieldType type, boolean nullable) {
    ObjectNode schema = value(type);
    if (!nullable) {
      return schema;
    }
    ObjectNode either = JSON.createObjectNode();
    either.putArray("anyOf").add(schema).add(JSON.createObjectNode().put(TYPE, "null"));
    return either;
  }

  private static ObjectNode value(FieldType type) {
    ObjectNode schema = JSON.createObjectNode();
    switch (type) {
      case FieldType.Text(int maxLength) -> {
        schema.put(TYPE, STRING);
        if (maxLength > 0) {
          schema.put("maxLength", maxLength);
        }
      }
      case FieldType.OneOf oneOf -> {
        ArrayNode values = schema.putArray("enum");
        oneOf.values().forEach(values::add);
      }
      case FieldType.Bool _ -> schema.put(TYPE, "boolean");
      case FieldType.Whole whole ->
          schema.put(TYPE, "integer").put(MINIMUM, whole.least).put(MAXIMUM, whole.most);
      case FieldType.Real _ -> schema.put(TYPE, "number");
      case FieldType.Decimal decimal -> decimal(schema, decimal);
      case FieldType.Temporal temporal -> temporal(schema.put(TYPE, STRING), temporal);
      case FieldType.ListOf(FieldType element, boolean nullable) ->
          schema.put(TYPE, "array").set("items", value(element, nullable));
      case FieldType.MapOf(FieldType value, boolean nullable) ->
          schema.put(TYPE, "object").set("additionalProperties", value(value, nullable));
      case FieldType.Row row -> {
        return object(row);
      }
    }
    return schema;
  }

  private static void decimal(ObjectNode schema, FieldType.Decimal decimal) {
    BigDecimal most =
        new BigDecimal(
            BigInteger.TEN.pow(decimal.precision()).subtract(BigInteger.ONE), decimal.scale());
    schema
        .put(TYPE, "number")
        .put("multipleOf", new BigDecimal(BigInteger.ONE, decimal.scale()))
        .put(MINIMUM, most.negate())
        .put(MAXIMUM, most);
  }

  /**
   * A zone that has to be written, and is always UTC, stands for none. Java's zones are no further
   * than 18 hours from UTC, where RFC 3339 has up to 24.
   */
  private static void temporal(ObjectNode schema, FieldType.Temporal temporal) {
    switch (temporal) {
      case DATE -> schema.put(FORMAT, "date");
      case TIME -> schema.put(PATTERN, "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$");
      case TIMESTAMP -> schema.put(FORMAT, "date-time").put(PATTERN, "Z$");
      case INSTANT ->
          schema.put(FORMAT, "date-time").put(PATTERN, "(Z|[+-](0[0-9]|1[0-7]):[0-5][0-9])$");
    }
  }
}
