package io.flinkmistral.table.column;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.field.FieldType;
import java.util.List;
import org.apache.flink.table.types.logical.ArrayType;
import org.apache.flink.table.types.logical.CharType;
import org.apache.flink.table.types.logical.DecimalType;
import org.apache.flink.table.types.logical.LocalZonedTimestampType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.MapType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.table.types.logical.TimestampType;
import org.apache.flink.table.types.logical.VarCharType;

/** Types of columns as types of fields that answers are held to. */
public final class FieldTypes {
  private FieldTypes() {}

  /**
   * @param column what messages call it
   * @throws InvalidRequestException where no answer can be held to the type
   */
  public static FieldType of(String column, LogicalType type) {
    return switch (type) {
      case VarCharType text when text.getLength() == VarCharType.MAX_LENGTH -> new FieldType.Text();
      case VarCharType text -> new FieldType.Text(text.getLength());
      case CharType _ -> throw refused(column, type, "its texts all have one length: use STRING");
      case DecimalType decimal -> new FieldType.Decimal(decimal.getPrecision(), decimal.getScale());
      case TimestampType _ -> FieldType.Temporal.TIMESTAMP;
      case LocalZonedTimestampType _ -> FieldType.Temporal.INSTANT;
      case ArrayType list ->
          new FieldType.ListOf(
              of(column, list.getElementType()), list.getElementType().isNullable());
      case MapType map when map.getKeyType().is(LogicalTypeFamily.CHARACTER_STRING) ->
          new FieldType.MapOf(of(column, map.getValueType()), map.getValueType().isNullable());
      case MapType _ -> throw refused(column, type, "the keys of a map must be STRING");
      case RowType row -> row(column, row);
      default -> simple(column, type);
    };
  }

  private static FieldType row(String column, RowType row) {
    List<FieldType.Field> fields =
        row.getFields().stream()
            .map(
                field ->
                    new FieldType.Field(
                        field.getName(),
                        of(column + "." + field.getName(), field.getType()),
                        field.getType().isNullable(),
                        field.getDescription().orElse("")))
            .toList();
    return new FieldType.Row(fields);
  }

  private static FieldType simple(String column, LogicalType type) {
    return switch (type.getTypeRoot()) {
      case BOOLEAN -> new FieldType.Bool();
      case TINYINT -> FieldType.Whole.INT8;
      case SMALLINT -> FieldType.Whole.INT16;
      case INTEGER -> FieldType.Whole.INT32;
      case BIGINT -> FieldType.Whole.INT64;
      case FLOAT -> FieldType.Real.FLOAT32;
      case DOUBLE -> FieldType.Real.FLOAT64;
      case DATE -> FieldType.Temporal.DATE;
      case TIME_WITHOUT_TIME_ZONE -> FieldType.Temporal.TIME;
      default ->
          throw refused(
              column,
              type,
              "use STRING, BOOLEAN, a number, DATE, TIME, TIMESTAMP, ARRAY, ROW, or MAP of STRING");
    };
  }

  private static InvalidRequestException refused(String column, LogicalType type, String instead) {
    return new InvalidRequestException(
        "OUTPUT",
        "column %s of OUTPUT is of type %s, which answers cannot be held to: %s"
            .formatted(Excerpt.of(column), Excerpt.of(type.asSummaryString()), instead));
  }
}
