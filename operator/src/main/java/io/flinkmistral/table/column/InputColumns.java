package io.flinkmistral.table.column;

import io.flinkmistral.protocol.InvalidRequestException;
import java.io.Serializable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.table.data.RowData;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.RowType;

/**
 * Columns of INPUT.
 *
 * @param names of all
 * @param types of all
 */
public record InputColumns(List<String> names, List<LogicalType> types) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * @throws InvalidRequestException where the values of one have no text
   */
  public static InputColumns of(RowType input) {
    for (RowType.RowField field : input.getFields()) {
      ExternalValues.require(field.getName(), field.getType());
    }
    return new InputColumns(List.copyOf(input.getFieldNames()), List.copyOf(input.getChildren()));
  }

  /** Values by name, with null for NULL. */
  public Map<String, Object> values(RowData row) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      LogicalType type = types.get(i).copy(true); // A row of arguments knows no types.
      values.put(
          names.get(i),
          ExternalValues.of(type, RowData.createFieldGetter(type, i).getFieldOrNull(row)));
    }
    return values;
  }
}
