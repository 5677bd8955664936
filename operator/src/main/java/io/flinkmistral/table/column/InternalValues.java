package io.flinkmistral.table.column;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.DecimalData;
import org.apache.flink.table.data.GenericArrayData;
import org.apache.flink.table.data.GenericMapData;
import org.apache.flink.table.data.GenericRowData;
import org.apache.flink.table.data.StringData;
import org.apache.flink.table.data.TimestampData;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeRoot;
import org.apache.flink.table.types.logical.RowType;

/** Java's values as the data of Flink's tables. */
public final class InternalValues {
  private static final long NANOS_OF_MILLI = 1_000_000;

  private InternalValues() {}

  /**
   * @param type that the value goes with
   * @param value of the Java type that a field of such a type has; null for NULL
   */
  public static Object of(LogicalType type, Object value) {
    return switch (value) {
      case null -> null;
      case CharSequence text -> StringData.fromString(text.toString());
      case BigDecimal number -> decimal((DecimalType) type, number);
      case LocalDate day -> (int) day.toEpochDay();
      case LocalTime time -> (int) (time.toNanoOfDay() / NANOS_OF_MILLI);
      case LocalDateTime time -> TimestampData.fromLocalDateTime(time);
      case Instant time -> TimestampData.fromInstant(time);
      case Double number when type.is(LogicalTypeRoot.FLOAT) -> number.floatValue();
      case List<?> list -> list(type.getChildren().getFirst(), list);
      case Map<?, ?> fields when type instanceof RowType row -> row(row, fields);
      case Map<?, ?> map -> map(type.getChildren(), map);
      default -> value;
    };
  }

  private static DecimalData decimal(DecimalType type, BigDecimal number) {
    return DecimalData.fromBigDecimal(number, type.getPrecision(), type.getScale());
  }

  private static GenericArrayData list(LogicalType element, List<?> list) {
    Object[] values = new Object[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = of(element, list.get(i));
    }
    return new GenericArrayData(values);
  }

  private static GenericMapData map(List<LogicalType> types, Map<?, ?> map) {
    Map<Object, Object> values = new HashMap<>();
    map.forEach((key, value) -> values.put(of(types.get(0), key), of(types.get(1), value)));
    return new GenericMapData(values);
  }

  private static GenericRowData row(RowType type, Map<?, ?> fields) {
    GenericRowData row = new GenericRowData(type.getFieldCount());
    for (int i = 0; i < type.getFieldCount(); i++) {
      row.setField(i, of(type.getTypeAt(i), fields.get(type.getFieldNames().get(i))));
    }
    return row;
  }
}
