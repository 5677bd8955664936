package io.flinkmistral.jobs.shell;

import io.flinkmistral.jobs.sql.JsonRow;
import io.flinkmistral.protocol.Excerpt;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.table.types.logical.LogicalType;
import org.apache.flink.table.types.logical.LogicalTypeFamily;
import org.apache.flink.table.types.logical.RowType;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/**
 * Rows in lines of a terminal. Numbers are as wide as they come to be; texts share what is left,
 * and go on below where they are longer. With more columns than fit beside each other, each is a
 * line.
 */
final class RowTable {
  private static final int NUMBER = 12;
  private static final int LEAST = 6;
  private static final String GAP = "  ";

  private final List<String> names;
  private final List<LogicalType> types;
  private final int width;

  /** Empty where each column is a line. */
  private final List<Integer> widths;

  RowTable(RowType type, int width) {
    this.names = type.getFieldNames();
    this.types = type.getChildren();
    this.width = width;
    this.widths = widths(type, width);
  }

  private static List<Integer> widths(RowType type, int width) {
    List<LogicalType> types = type.getChildren();
    long texts = types.stream().filter(t -> !isNumber(t)).count();
    int room = width - GAP.length() * (types.size() - 1) - NUMBER * (int) (types.size() - texts);
    int each = texts == 0 ? 0 : (int) (room / texts);
    if (room < 0 || texts > 0 && each < LEAST) {
      return List.of();
    }
    return types.stream().map(t -> isNumber(t) ? NUMBER : each).toList();
  }

  private static boolean isNumber(LogicalType type) {
    return type.is(LogicalTypeFamily.NUMERIC);
  }

  String header() {
    return widths.isEmpty() ? "" : lines(names) + lines(widths.stream().map("-"::repeat).toList());
  }

  String row(Row row) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      // Nothing in it that a terminal acts upon.
      values.add(Excerpt.ofMessage(JsonRow.text(types.get(i), row.getField(i))));
    }
    String kind = row.getKind() == RowKind.INSERT ? "" : "[" + row.getKind().shortString() + "]\n";
    if (!widths.isEmpty()) {
      return kind + lines(values);
    }
    StringBuilder lines = new StringBuilder(kind);
    for (int i = 0; i < names.size(); i++) {
      String line = names.get(i) + ": " + values.get(i);
      broken(line, width).forEach(part -> lines.append(part).append('\n'));
    }
    return lines.append('\n').toString();
  }

  private String lines(List<String> values) {
    List<List<String>> cells = new ArrayList<>();
    int height = 1;
    for (int i = 0; i < values.size(); i++) {
      List<String> cell = broken(values.get(i), widths.get(i));
      cells.add(cell);
      height = Math.max(height, cell.size());
    }
    StringBuilder lines = new StringBuilder();
    for (int line = 0; line < height; line++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < cells.size(); i++) {
        String part = line < cells.get(i).size() ? cells.get(i).get(line) : "";
        text.append(i == 0 ? "" : GAP).append(part).repeat(' ', widths.get(i) - part.length());
      }
      lines.append(text.toString().stripTrailing()).append('\n');
    }
    return lines.toString();
  }

  /** In parts that are at most so wide, between words where there are some. */
  private static List<String> broken(String text, int width) {
    List<String> parts = new ArrayList<>();
    String rest = text;
    while (rest.length() > width) {
      int space = rest.lastIndexOf(' ', width);
      int end = space > 0 ? space : width;
      parts.add(rest.substring(0, end));
      rest = rest.substring(end).stripLeading();
    }
    parts.add(rest);
    return parts;
  }
}
