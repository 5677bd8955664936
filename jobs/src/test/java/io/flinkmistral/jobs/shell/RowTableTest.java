package io.flinkmistral.jobs.shell;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;
import org.junit.jupiter.api.Test;

class RowTableTest {
  private static RowTable table(int width, DataType... types) {
    DataTypes.Field[] fields = new DataTypes.Field[types.length];
    for (int i = 0; i < types.length; i++) {
      fields[i] = DataTypes.FIELD("c" + i, types[i]);
    }
    return new RowTable((RowType) DataTypes.ROW(fields).getLogicalType(), width);
  }

  @Test
  void noLineIsWiderThanTheTerminal() {
    RowTable table = table(40, DataTypes.INT(), DataTypes.STRING(), DataTypes.STRING());
    assertThat(table.header())
        .isEqualTo("c0            c1            c2\n------------  ------------  ------------\n");
    assertThat(table.row(Row.of(7, "words that go on below", null)))
        .isEqualTo("7             words that    NULL\n              go on below\n");
    assertThat(table.row(Row.of(7, "x".repeat(100), "y")).lines())
        .hasSize(9)
        .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(40));
  }

  @Test
  void manyColumnsAreLines() {
    RowTable table =
        table(20, DataTypes.STRING(), DataTypes.STRING(), DataTypes.ARRAY(DataTypes.INT()));
    assertThat(table.header()).isEmpty();
    assertThat(table.row(Row.of("a", "b", new Integer[] {1, 2})))
        .isEqualTo("c0: a\nc1: b\nc2: [1,2]\n\n");
  }

  @Test
  void changesSaySoAndNothingMovesTheCursor() {
    RowTable table = table(80, DataTypes.STRING());
    assertThat(table.row(Row.ofKind(RowKind.DELETE, "a\u001b[2J"))).isEqualTo("[-D]\na.[2J\n");
  }
}
