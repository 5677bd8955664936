package io.flinkmistral.operator;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.NearestNames;
import java.util.List;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.types.Row;

/**
 * The primary key of rows, which have their fields by position or by name.
 *
 * @param places of its columns
 * @param names of them
 * @param type of the key
 */
record RowKey(int[] places, String[] names, TypeInformation<Row> type)
    implements KeySelector<Row, Row> {
  private static final long serialVersionUID = 1L;

  /**
   * @throws IllegalArgumentException if rows are not of named columns, or not of these
   */
  static RowKey of(TypeInformation<Row> rows, List<String> key) {
    if (!(rows instanceof RowTypeInfo named)) {
      throw new IllegalArgumentException(
          "the changes must be rows of named columns (Types.ROW_NAMED), but are of type " + rows);
    }
    if (key.isEmpty()) {
      throw new IllegalArgumentException(
          "name the columns of the primary key: rows that change are known by it");
    }
    List<String> names = List.of(named.getFieldNames());
    int[] places = key.stream().mapToInt(column -> place(column, names)).toArray();
    TypeInformation<?>[] types = new TypeInformation<?>[places.length];
    for (int i = 0; i < places.length; i++) {
      types[i] = named.getTypeAt(places[i]);
    }
    return new RowKey(places, key.toArray(String[]::new), Types.ROW(types));
  }

  private static int place(String column, List<String> names) {
    int place = names.indexOf(column);
    if (place < 0) {
      throw new IllegalArgumentException(
          "the key's column %s is not among %s%s"
              .formatted(
                  Excerpt.of(column),
                  Excerpt.ofMessage(String.join(", ", names)),
                  NearestNames.question("", column, names)));
    }
    return place;
  }

  @Override
  public Row getKey(Row row) {
    boolean byName = row.getFieldNames(false) != null;
    Row key = new Row(places.length);
    for (int i = 0; i < places.length; i++) {
      key.setField(i, byName ? row.getField(names[i]) : row.getField(places[i]));
    }
    return key;
  }
}
