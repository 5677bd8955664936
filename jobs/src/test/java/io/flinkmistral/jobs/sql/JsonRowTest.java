package io.flinkmistral.jobs.sql;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Map;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

class JsonRowTest {
  private static String json(DataType type, Object value) {
    DataType row = DataTypes.ROW(DataTypes.FIELD("x", type));
    String json = new JsonRow((RowType) row.getLogicalType()).of(Row.of(value));
    assertThat(json).startsWith("{\"x\":").endsWith("}");
    return json.substring(5, json.length() - 1);
  }

  @Test
  void valuesAreWrittenAsJsonHasThem() {
    assertThat(json(DataTypes.STRING(), "a \"b\"\n")).isEqualTo("\"a \\\"b\\\"\\n\"");
    assertThat(json(DataTypes.STRING(), null)).isEqualTo("null");
    assertThat(json(DataTypes.BOOLEAN(), true)).isEqualTo("true");
    assertThat(json(DataTypes.BIGINT(), Long.MIN_VALUE)).isEqualTo("-9223372036854775808");
    assertThat(json(DataTypes.DOUBLE(), 0.1)).isEqualTo("0.1");
    assertThat(json(DataTypes.DOUBLE(), Double.NaN)).isEqualTo("\"NaN\"");
    assertThat(json(DataTypes.DECIMAL(20, 2), new BigDecimal("100.10"))).isEqualTo("100.10");
    assertThat(json(DataTypes.BYTES(), new byte[] {1, 2})).isEqualTo("\"AQI=\"");
  }

  @Test
  void timesAreOfIso() {
    LocalDate day = LocalDate.of(2026, 1, 31);
    assertThat(json(DataTypes.DATE(), day)).isEqualTo("\"2026-01-31\"");
    assertThat(json(DataTypes.TIME(), LocalTime.of(9, 0))).isEqualTo("\"09:00:00\"");
    assertThat(json(DataTypes.TIMESTAMP(3), LocalDateTime.of(day, LocalTime.MIDNIGHT)))
        .isEqualTo("\"2026-01-31T00:00:00\"");
    assertThat(json(DataTypes.TIMESTAMP_LTZ(3), Instant.EPOCH))
        .isEqualTo("\"1970-01-01T00:00:00Z\"");
  }

  @Test
  void whatIsPutTogetherIsSoInJson() {
    assertThat(json(DataTypes.ARRAY(DataTypes.INT()), new Integer[] {1, null}))
        .isEqualTo("[1,null]");
    assertThat(json(DataTypes.MAP(DataTypes.STRING(), DataTypes.INT()), Map.of("b", 2, "a", 1)))
        .isEqualTo("{\"a\":1,\"b\":2}");
    assertThat(json(DataTypes.MAP(DataTypes.INT(), DataTypes.INT()), Map.of(1, 2)))
        .isEqualTo("[{\"key\":1,\"value\":2}]");
    DataType inner = DataTypes.ROW(DataTypes.FIELD("y", DataTypes.INT()));
    assertThat(json(inner, Row.of(7))).isEqualTo("{\"y\":7}");
  }

  @Test
  void aRowThatIsTakenBackSaysSoFirst() {
    RowType type = (RowType) DataTypes.ROW(DataTypes.FIELD("n", DataTypes.INT())).getLogicalType();
    assertThat(new JsonRow(type).of(Row.ofKind(RowKind.UPDATE_BEFORE, 1)))
        .isEqualTo("{\"$op\":\"-U\",\"n\":1}");
  }
}
