package io.flinkmistral.task.field;

import io.flinkmistral.task.field.FieldType.Field;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An answer that a schema was enforced on, as Java's values. */
public final class FieldValues {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  private FieldValues() {}

  public static Map<String, Object> of(FieldType.Row row, String json) {
    return object(row, JSON.readTree(json));
  }

  private static Map<String, Object> object(FieldType.Row row, JsonNode node) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (Field field : row.fields()) {
      values.put(field.name(), value(field.type(), node.required(field.name())));
    }
    return Collections.unmodifiableMap(values);
  }

  private static Object value(FieldType type, JsonNode node) {
    if (node.isNull()) {
      return null;
    }
    return switch (type) {
      case FieldType.Text _, FieldType.OneOf _ -> node.asString();
      case FieldType.Bool _ -> node.asBoolean();
      case FieldType.Whole whole -> whole(whole, node.decimalValue().longValueExact());
      case FieldType.Real real -> real(real, node.decimalValue());
      case FieldType.Decimal(int _, int scale) -> node.decimalValue().setScale(scale);
      case FieldType.Temporal temporal -> temporal(temporal, node.asString());
      case FieldType.ListOf(FieldType element, boolean _) -> {
        List<Object> values = new ArrayList<>();
        node.forEach(item -> values.add(value(element, item)));
        yield Collections.unmodifiableList(values);
      }
      case FieldType.MapOf(FieldType of, boolean _) -> {
        Map<String, Object> values = new LinkedHashMap<>();
        node.properties().forEach(entry -> values.put(entry.getKey(), value(of, entry.getValue())));
        yield Collections.unmodifiableMap(values);
      }
      case FieldType.Row row -> object(row, node);
    };
  }

  private static Object whole(FieldType.Whole type, long value) {
    return switch (type) {
      case INT8 -> (byte) value;
      case INT16 -> (short) value;
      case INT32 -> (int) value;
      case INT64 -> value;
    };
  }

  private static Object real(FieldType.Real type, BigDecimal value) {
    return switch (type) {
      case FLOAT32 -> value.floatValue();
      case FLOAT64 -> value.doubleValue();
    };
  }

  private static Object temporal(FieldType.Temporal type, String text) {
    return switch (type) {
      case DATE -> LocalDate.parse(text);
      case TIME -> LocalTime.parse(text);
      case TIMESTAMP -> OffsetDateTime.parse(text).toLocalDateTime();
      case INSTANT -> OffsetDateTime.parse(text).toInstant();
    };
  }
}
