package io.flinkmistral.jobs.sql;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.IntType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.MultisetType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A row of a result as a JSON object: numbers, truth values and null as such, lists, rows and maps
 * of texts as lists and objects, other maps as lists of keys and values, bytes in Base64, all else
 * as text. A row that is not added but taken back or changed says so first, in {@code $op}: {@code
 * -U}, {@code +U} or {@code -D}.
 */
public final class JsonRow {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final String OPERATION = "$op";

  private final RowType type;

  JsonRow(RowType type) {
    this.type = type;
  }

  /** A value for people: a text as it is, NULL, all else as JSON. */
  public static String text(LogicalType type, Object value) {
    return switch (value) {
      case null -> "NULL";
      case String text -> text;
      default -> JSON.writeValueAsString(node(type, value));
    };
  }

  String of(Row row) {
    ObjectNode object = NODES.objectNode();
    if (row.getKind() != RowKind.INSERT) {
      object.put(OPERATION, row.getKind().shortString());
    }
    fill(object, type, row);
    return JSON.writeValueAsString(object);
  }

  private static void fill(ObjectNode object, RowType type, Row row) {
    for (int i = 0; i < type.getFieldCount(); i++) {
      object.set(type.getFieldNames().get(i), node(type.getTypeAt(i), row.getField(i)));
    }
  }

  private static JsonNode node(LogicalType type, Object value) {
    return switch (value) {
      case null -> NODES.nullNode();
      case Boolean truth -> NODES.booleanNode(truth);
      case BigDecimal number -> NODES.numberNode(number);
      case Float number when !Float.isFinite(number) -> NODES.stringNode(number.toString());
      case Double number when !Double.isFinite(number) -> NODES.stringNode(number.toString());
      case Number number -> JSON.valueToTree(number);
      case Row row -> {
        ObjectNode object = NODES.objectNode();
        fill(object, (RowType) type, row);
        yield object;
      }
      case Map<?, ?> map -> map(type, map);
      case byte[] bytes when type.is(LogicalTypeFamily.BINARY_STRING) -> NODES.binaryNode(bytes);
      case LocalDateTime time ->
          NODES.stringNode(DateTimeFormatter.ISO_LOCAL_DATE_TIME.format(time));
      case LocalTime time -> NODES.stringNode(DateTimeFormatter.ISO_LOCAL_TIME.format(time));
      case Instant time -> NODES.stringNode(time.toString());
      case Object list when list.getClass().isArray() -> list((ArrayType) type, list);
      default -> NODES.stringNode(value.toString());
    };
  }

  private static ArrayNode list(ArrayType type, Object list) {
    ArrayNode array = NODES.arrayNode();
    for (int i = 0; i < Array.getLength(list); i++) {
      array.add(node(type.getElementType(), Array.get(list, i)));
    }
    return array;
  }

  /** Entries in the order of their keys: that of a hash table says nothing. */
  private static JsonNode map(LogicalType type, Map<?, ?> map) {
    LogicalType keyType = type.getChildren().getFirst();
    LogicalType valueType =
        switch (type) {
          case MapType of -> of.getValueType();
          case MultisetType _ -> new IntType(false);
          default -> throw new IllegalStateException("a map of type " + type);
        };
    List<? extends Map.Entry<?, ?>> entries =
        map.entrySet().stream()
            .sorted((a, b) -> String.valueOf(a.getKey()).compareTo(String.valueOf(b.getKey())))
            .toList();
    if (keyType.is(LogicalTypeFamily.CHARACTER_STRING)) {
      ObjectNode object = NODES.objectNode();
      entries.forEach(e -> object.set(String.valueOf(e.getKey()), node(valueType, e.getValue())));
      return object;
    }
    ArrayNode array = NODES.arrayNode();
    for (Map.Entry<?, ?> entry : entries) {
      array.add(
          NODES
              .objectNode()
              .<ObjectNode>set("key", node(keyType, entry.getKey()))
              .set("value", node(valueType, entry.getValue())));
    }
    return array;
  }
}
