package io.flinkmistral.table.column;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.table.data.ArrayData;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.MapData;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/** Data of Flink's tables as Java's values, which have texts. */
final class ExternalValues {
  private static final long NANOS_OF_MILLI = 1_000_000;

  private ExternalValues() {}

  /**
   * Refuses types whose values have no text.
   *
   * @throws InvalidRequestException if it is one
   */
  static void require(String column, LogicalType type) {
    switch (type.getTypeRoot()) {
      case CHAR,
          VARCHAR,
          BOOLEAN,
          DECIMAL,
          TINYINT,
          SMALLINT,
          INTEGER,
          BIGINT,
          FLOAT,
          DOUBLE,
          DATE,
          TIME_WITHOUT_TIME_ZONE,
          TIMESTAMP_WITHOUT_TIME_ZONE,
          TIMESTAMP_WITH_LOCAL_TIME_ZONE -> {}
      case ARRAY, MAP, ROW -> type.getChildren().forEach(child -> require(column, child));
      default ->
          throw new InvalidRequestException(
              "INPUT",
              "column %s of INPUT is of type %s, whose values have no text: make them a STRING"
                  .formatted(Excerpt.of(column), Excerpt.of(type.asSummaryString())));
    }
  }

  /**
   * @param value of the type; null for NULL
   */
  static Object of(LogicalType type, Object value) {
    return switch (value) {
      case null -> null;
      case StringData text -> text.toString();
      case DecimalData number -> number.toBigDecimal();
      case TimestampData time -> time(type, time);
      case Integer number -> integer(type, number);
      case ArrayData list -> list(type.getChildren().getFirst(), list);
      case MapData map -> map(type.getChildren(), map);
      case RowData row -> row((RowType) type, row);
      default -> value;
    };
  }

  private static Object integer(LogicalType type, int number) {
    return switch (type.getTypeRoot()) {
      case DATE -> LocalDate.ofEpochDay(number);
      case TIME_WITHOUT_TIME_ZONE -> LocalTime.ofNanoOfDay(number * NANOS_OF_MILLI);
      default -> number;
    };
  }

  private static Object time(LogicalType type, TimestampData time) {
    return switch (type.getTypeRoot()) {
      case TIMESTAMP_WITH_LOCAL_TIME_ZONE -> time.toInstant();
      default -> time.toLocalDateTime();
    };
  }

  private static List<Object> list(LogicalType element, ArrayData list) {
    ArrayData.ElementGetter getter = ArrayData.createElementGetter(element);
    List<Object> values = new ArrayList<>();
    for (int i = 0; i < list.size(); i++) {
      values.add(of(element, getter.getElementOrNull(list, i)));
    }
    return Collections.unmodifiableList(values);
  }

  /** In the order of the keys' texts: that of a hash table is not the same everywhere. */
  private static Map<String, Object> map(List<LogicalType> types, MapData map) {
    List<Object> keys = list(types.get(0), map.keyArray());
    List<Object> values = list(types.get(1), map.valueArray());
    Map<String, Object> sorted = new TreeMap<>();
    for (int i = 0; i < keys.size(); i++) {
      sorted.put(String.valueOf(keys.get(i)), values.get(i));
    }
    return sorted;
  }

  private static Map<String, Object> row(RowType type, RowData row) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < type.getFieldCount(); i++) {
      LogicalType of = type.getTypeAt(i);
      fields.put(
          type.getFieldNames().get(i),
          of(of, RowData.createFieldGetter(of, i).getFieldOrNull(row)));
    }
    return fields;
  }
}
