package io.flinkmistral.table.row;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.table.column.InputColumns;
import io.flinkmistral.table.column.OutputColumn;
import io.flinkmistral.table.prediction.Prediction;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.table.api.ValidationException;
import org.apache.flink.table.catalog.ResolvedSchema;
import org.apache.flink.table.runtime.typeutils.ExternalTypeInfo;
import org.apache.flink.table.types.DataType;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.utils.LogicalTypeCasts;
import org.apache.flink.table.types.logical.utils.LogicalTypeUtils;
import org.apache.flink.table.types.utils.TypeConversions;
import org.apache.flink.types.Row;

/**
 * The columns of an enriched table: those of the table itself, and those of OUTPUT behind them.
 *
 * @param names of the table's
 * @param types of the table's; those of the key are NOT NULL
 * @param key places of the primary key's
 * @param inputs places of those that the model is asked about, in the order of INPUT
 * @param outputs of the model
 */
public record EnrichedColumns(
    List<String> names,
    List<LogicalType> types,
    List<Integer> key,
    List<Integer> inputs,
    List<OutputColumn> outputs)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * @throws ValidationException if a column is not there, or of another type than INPUT has, or
   *     there twice
   */
  public static EnrichedColumns of(
      ResolvedSchema table, List<String> key, List<String> inputs, Prediction prediction) {
    List<String> names = table.getColumnNames();
    List<Integer> keyPlaces = places("the key", key, names);
    if (keyPlaces.isEmpty()) {
      throw new ValidationException("the key has no columns: rows that change are known by it");
    }
    List<LogicalType> types = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      // What leaves the table is a time like any other.
      LogicalType type =
          LogicalTypeUtils.removeTimeAttributes(table.getColumnDataTypes().get(i).getLogicalType());
      types.add(keyPlaces.contains(i) ? type.copy(false) : type);
    }
    List<Integer> inputPlaces = places("the input", inputs, names);
    requireTypes(inputPlaces.stream().map(types::get).toList(), inputs, prediction.inputs());
    requireDifferent(names, prediction.outputs());
    return new EnrichedColumns(
        List.copyOf(names),
        List.copyOf(types),
        keyPlaces,
        inputPlaces,
        List.copyOf(prediction.outputs()));
  }

  private static List<Integer> places(String what, List<String> columns, List<String> names) {
    List<Integer> places = new ArrayList<>();
    for (String column : columns) {
      int place = names.indexOf(column);
      if (place < 0) {
        throw new ValidationException(
            "%s has column %s, which is not among the table's: %s%s"
                .formatted(
                    what,
                    Excerpt.of(column),
                    Excerpt.ofMessage(String.join(", ", names)),
                    NearestNames.question("", column, names)));
      }
      places.add(place);
    }
    return List.copyOf(places);
  }

  private static void requireTypes(
      List<LogicalType> given, List<String> columns, InputColumns model) {
    if (given.size() != model.names().size()) {
      throw new ValidationException(
          "INPUT of the model has %d columns, but is given %d: %s"
              .formatted(
                  model.names().size(),
                  given.size(),
                  Excerpt.ofMessage(String.join(", ", columns))));
    }
    for (int i = 0; i < given.size(); i++) {
      LogicalType wanted = model.types().get(i);
      if (!LogicalTypeCasts.supportsAvoidingCast(given.get(i).copy(true), wanted.copy(true))) {
        throw new ValidationException(
            "column %s is of type %s, but column %s of INPUT is of type %s: cast it before"
                .formatted(
                    Excerpt.of(columns.get(i)),
                    Excerpt.of(given.get(i).asSummaryString()),
                    Excerpt.of(model.names().get(i)),
                    Excerpt.of(wanted.asSummaryString())));
      }
    }
  }

  private static void requireDifferent(List<String> names, List<OutputColumn> outputs) {
    Set<String> all = new HashSet<>(names);
    for (OutputColumn column : outputs) {
      if (!all.add(column.name())) {
        throw new ValidationException(
            "column %s is in the table as well as in OUTPUT of the model: rename one of them"
                .formatted(Excerpt.of(column.name())));
      }
    }
  }

  private static DataType external(LogicalType type) {
    return TypeConversions.fromLogicalToDataType(type);
  }

  /** Of the table. A deletion may bring its key alone, so that other columns may be NULL. */
  public Schema tableSchema() {
    Schema.Builder schema = Schema.newBuilder();
    for (int i = 0; i < names.size(); i++) {
      schema.column(names.get(i), external(key.contains(i) ? type(i) : type(i).copy(true)));
    }
    return withKey(schema);
  }

  /** Of the table with the model's columns. */
  public Schema enrichedSchema() {
    Schema.Builder schema = Schema.newBuilder();
    for (int i = 0; i < names.size() + outputs.size(); i++) {
      schema.column(name(i), external(type(i)));
    }
    return withKey(schema);
  }

  private Schema withKey(Schema.Builder schema) {
    return schema.primaryKey(key.stream().map(names::get).toList()).build();
  }

  private String name(int place) {
    return place < names.size() ? names.get(place) : outputs.get(place - names.size()).name();
  }

  private LogicalType type(int place) {
    return place < names.size() ? types.get(place) : outputs.get(place - names.size()).type();
  }

  /** Rows of the table with the model's columns. */
  public TypeInformation<Row> enrichedType() {
    return ExternalTypeInfo.of(
        rows(IntStream.range(0, names.size() + outputs.size()).boxed().toList()));
  }

  /** What rows are known by. */
  public TypeInformation<Row> keyType() {
    return ExternalTypeInfo.of(rows(key));
  }

  /** Of the columns that the model is asked about. */
  DataType inputRows() {
    return rows(inputs);
  }

  /** Of the model's columns. */
  DataType outputRows() {
    return rows(IntStream.range(names.size(), names.size() + outputs.size()).boxed().toList());
  }

  private DataType rows(List<Integer> places) {
    return DataTypes.ROW(
            places.stream()
                .map(place -> DataTypes.FIELD(name(place), external(type(place))))
                .toList())
        .notNull();
  }

  /** The primary key of a row of the table. */
  public Row keyOf(Row row) {
    return at(key, row);
  }

  /** What the model is asked about. */
  Row inputsOf(Row row) {
    return at(inputs, row);
  }

  private static Row at(List<Integer> places, Row row) {
    Row some = new Row(places.size());
    for (int i = 0; i < places.size(); i++) {
      some.setField(i, row.getField(places.get(i)));
    }
    return some;
  }

  /**
   * A row of the table with the model's columns.
   *
   * @param from a row that has these behind {@code before} others
   */
  Row joined(Row row, Row from, int before) {
    Row all = new Row(names.size() + outputs.size());
    for (int i = 0; i < names.size(); i++) {
      all.setField(i, row.getField(i));
    }
    for (int i = 0; i < outputs.size(); i++) {
      all.setField(names.size() + i, from.getField(before + i));
    }
    return all;
  }
}
