package io.flinkmistral.enrichment;

import java.io.Serializable;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.flink.api.common.typeinfo.BasicTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.java.typeutils.PojoTypeInfo;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.types.Row;

/**
 * A record's columns, by their names.
 *
 * @param <T> records
 */
@FunctionalInterface
public interface RecordColumns<T> extends Serializable {
  /** The column of records that are texts. */
  String TEXT = "text";

  /** Values by names; a column that is there and has no value is {@code null}. */
  Map<String, ?> of(T record);

  /** Names that all records have; empty where only a record can say. */
  default List<String> names() {
    return List.of();
  }

  /**
   * The columns that records of a type have by themselves: those of a row, the fields of a POJO or
   * Java record, the keys of a map, or {@value #TEXT}.
   *
   * @throws IllegalArgumentException where there are none
   */
  static <T> RecordColumns<T> ofType(TypeInformation<T> type) {
    if (type.equals(BasicTypeInfo.STRING_TYPE_INFO)) {
      return new Named<>(List.of(TEXT), text -> Map.of(TEXT, text));
    }
    if (type instanceof RowTypeInfo row) {
      List<String> names = List.of(row.getFieldNames());
      return new Named<>(names, record -> ofRow((Row) record, names));
    }
    if (Row.class.isAssignableFrom(type.getTypeClass())) {
      return record -> ofRow((Row) record, List.of());
    }
    if (type instanceof PojoTypeInfo<?> pojo) {
      return ofPojo(pojo);
    }
    if (Map.class.isAssignableFrom(type.getTypeClass())) {
      return RecordColumns::ofMap;
    }
    throw new IllegalArgumentException(
        "records of type %s have no columns by themselves: say which they have, as".formatted(type)
            + " record -> Map.of(\"name\", value)");
  }

  /** Columns whose names are known before there is a record. */
  record Named<T>(List<String> names, RecordColumns<T> columns) implements RecordColumns<T> {
    private static final long serialVersionUID = 1L;

    @Override
    public Map<String, ?> of(T record) {
      return columns.of(record);
    }
  }

  private static Map<String, ?> ofMap(Object record) {
    Map<String, Object> columns = new LinkedHashMap<>();
    ((Map<?, ?>) record).forEach((name, value) -> columns.put(String.valueOf(name), value));
    return columns;
  }

  private static Map<String, Object> ofRow(Row row, List<String> names) {
    Map<String, Object> columns = new HashMap<>();
    Set<String> own = row.getFieldNames(true);
    if (own != null) {
      own.forEach(name -> columns.put(name, row.getField(name)));
    } else {
      for (int i = 0; i < Math.min(names.size(), row.getArity()); i++) {
        columns.put(names.get(i), row.getField(i));
      }
    }
    return columns;
  }

  private static <T> RecordColumns<T> ofPojo(PojoTypeInfo<?> pojo) {
    List<String> names = new ArrayList<>(new TreeSet<>(List.of(pojo.getFieldNames())));
    Class<?> type = pojo.getTypeClass();
    return new Named<>(names, new PojoColumns<>(type, names));
  }

  /** The fields of a POJO, as Flink itself reads them. */
  final class PojoColumns<T> implements RecordColumns<T> {
    private static final long serialVersionUID = 1L;

    private final Class<?> type;
    private final String[] names;
    private transient Map<String, Field> fields;

    PojoColumns(Class<?> type, List<String> names) {
      this.type = type;
      this.names = names.toArray(String[]::new);
    }

    @Override
    public Map<String, ?> of(T record) {
      Map<String, Object> columns = new HashMap<>();
      try {
        for (Map.Entry<String, Field> field : fields().entrySet()) {
          columns.put(field.getKey(), field.getValue().get(record));
        }
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
      return columns;
    }

    private Map<String, Field> fields() {
      if (fields == null) {
        fields = new HashMap<>();
        for (Class<?> c = type; c != null; c = c.getSuperclass()) {
          for (Field field : c.getDeclaredFields()) {
            if (List.of(names).contains(field.getName()) && !fields.containsKey(field.getName())) {
              field.setAccessible(true);
              fields.put(field.getName(), field);
            }
          }
        }
      }
      return fields;
    }
  }
}
