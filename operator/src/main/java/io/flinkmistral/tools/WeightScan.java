package io.flinkmistral.tools;

import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What reading every weight found. */
final class WeightScan {
  private static final int ROWS = 512;

  private final List<String> unsound = new ArrayList<>();
  private double squares;
  private double greatest;
  private long numbers;

  private WeightScan() {}

  /** Sums over one row. */
  private record Row(int index, boolean sound, double squares, double greatest) {}

  static WeightScan of(ModelFile model, LoadListener listener) {
    WeightScan scan = new WeightScan();
    Map<String, Matrix> matrices = NamedMatrices.of(model.weights());
    long ofBytes = matrices.values().stream().mapToLong(m -> m.data().byteSize()).sum();
    long bytes = 0;
    int done = 0;
    for (Map.Entry<String, Matrix> entry : matrices.entrySet()) {
      scan.read(entry.getKey(), entry.getValue());
      bytes += entry.getValue().data().byteSize();
      listener.progress(++done, matrices.size(), bytes, ofBytes);
    }
    return scan;
  }

  boolean isSound() {
    return unsound.isEmpty();
  }

  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "weights      %,d numbers, root mean square %.4g, greatest %.4g"
            .formatted(numbers, Math.sqrt(squares / Math.max(1, numbers)), greatest));
    lines.add(isSound() ? "sound        all are finite numbers" : "will not run: " + unsound);
    return lines;
  }

  private void read(String name, Matrix matrix) {
    for (int from = 0; from < matrix.rows(); from += ROWS) {
      int to = Math.min(matrix.rows(), from + ROWS);
      List<Row> rows =
          IntStream.range(from, to).parallel().mapToObj(row -> row(matrix, row)).toList();
      for (Row row : rows) {
        squares += row.squares;
        greatest = Math.max(greatest, row.greatest);
        if (!row.sound) {
          unsound.add("%s row %d holds what is no finite number".formatted(name, row.index));
          return;
        }
      }
    }
    numbers += (long) matrix.rows() * matrix.columns();
  }

  private static Row row(Matrix matrix, int index) {
    float[] row = new float[matrix.columns()];
    Dequantizer.dequantize(matrix.type(), matrix.row(index), 0, row, 0, row.length);
    boolean sound = true;
    double sum = 0;
    double most = 0;
    for (float number : row) {
      if (!Float.isFinite(number)) {
        sound = false;
      } else {
        sum += (double) number * number;
        most = Math.max(most, Math.abs(number));
      }
    }
    return new Row(index, sound, sum, most);
  }
}
