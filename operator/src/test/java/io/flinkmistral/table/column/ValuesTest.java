package io.flinkmistral.table.column;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.field.FieldType;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Values between tables and the model. */
class ValuesTest {
  static Stream<Arguments> values() {
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("x", 1.5);
    row.put("y", null);
    return Stream.of(
        Arguments.of(DataTypes.STRING(), "a text", new FieldType.Text()),
        Arguments.of(DataTypes.VARCHAR(9), "a text", new FieldType.Text(9)),
        Arguments.of(DataTypes.BOOLEAN(), true, new FieldType.Bool()),
        Arguments.of(DataTypes.TINYINT(), (byte) -128, FieldType.Whole.INT8),
        Arguments.of(DataTypes.SMALLINT(), (short) 7, FieldType.Whole.INT16),
        Arguments.of(DataTypes.INT(), 7, FieldType.Whole.INT32),
        Arguments.of(DataTypes.BIGINT(), Long.MAX_VALUE, FieldType.Whole.INT64),
        Arguments.of(DataTypes.FLOAT(), 1.5f, FieldType.Real.FLOAT32),
        Arguments.of(DataTypes.DOUBLE(), 1.5, FieldType.Real.FLOAT64),
        Arguments.of(
            DataTypes.DECIMAL(5, 2), new BigDecimal("123.40"), new FieldType.Decimal(5, 2)),
        Arguments.of(DataTypes.DATE(), LocalDate.of(1969, 12, 31), FieldType.Temporal.DATE),
        Arguments.of(DataTypes.TIME(), LocalTime.of(23, 59, 1), FieldType.Temporal.TIME),
        Arguments.of(
            DataTypes.TIMESTAMP(3),
            LocalDateTime.of(2026, 1, 31, 9, 0),
            FieldType.Temporal.TIMESTAMP),
        Arguments.of(
            DataTypes.TIMESTAMP_LTZ(3),
            Instant.parse("2026-01-31T09:00:00Z"),
            FieldType.Temporal.INSTANT),
        Arguments.of(
            DataTypes.ARRAY(DataTypes.INT()),
            Arrays.asList(1, null, 2),
            new FieldType.ListOf(FieldType.Whole.INT32, true)),
        Arguments.of(
            DataTypes.MAP(DataTypes.STRING(), DataTypes.DATE().notNull()),
            Map.of("a", LocalDate.EPOCH),
            new FieldType.MapOf(FieldType.Temporal.DATE, false)),
        Arguments.of(
            DataTypes.ROW(
                DataTypes.FIELD("x", DataTypes.DOUBLE().notNull(), "a comment"),
                DataTypes.FIELD("y", DataTypes.STRING())),
            row,
            new FieldType.Row(
                List.of(
                    new FieldType.Field("x", FieldType.Real.FLOAT64, false, "a comment"),
                    FieldType.Field.of("y", new FieldType.Text())))));
  }

  @ParameterizedTest
  @MethodSource("values")
  void whatGoesInComesOut(DataType type, Object value, FieldType field) {
    LogicalType logical = type.getLogicalType();
    ExternalValues.require("c", logical);
    assertThat(FieldTypes.of("c", logical)).isEqualTo(field);
    assertThat(ExternalValues.of(logical, InternalValues.of(logical, value))).isEqualTo(value);
    assertThat(InternalValues.of(logical, null)).isNull();
  }

  static final List<DataType> UNENFORCEABLE =
      List.of(
          DataTypes.BYTES(),
          DataTypes.CHAR(3),
          DataTypes.INTERVAL(DataTypes.DAY()),
          DataTypes.MULTISET(DataTypes.STRING()),
          DataTypes.ARRAY(DataTypes.BYTES()),
          DataTypes.MAP(DataTypes.INT(), DataTypes.STRING()),
          DataTypes.ROW(DataTypes.FIELD("x", DataTypes.BINARY(1))));

  @ParameterizedTest
  @FieldSource("UNENFORCEABLE")
  void typesThatAnswersCannotBeHeldToAreRefusedByName(DataType type) {
    assertThatThrownBy(() -> FieldTypes.of("c", type.getLogicalType()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageStartingWith("column c");
  }

  @Test
  void typesWithoutTextsAreRefusedAsInputs() {
    assertThatThrownBy(() -> ExternalValues.require("c", DataTypes.BYTES().getLogicalType()))
        .hasMessage(
            "column c of INPUT is of type BYTES, whose values have no text: make them a STRING");
  }
}
