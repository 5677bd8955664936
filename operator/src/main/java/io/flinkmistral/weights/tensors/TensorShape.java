package io.flinkmistral.weights.tensors;

import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.MappedFile;

/** Name and shape of a tensor; a vector has one row. */
public record TensorShape(String name, int rows, int columns) {
  /**
   * Checks dimensions that a file declares.
   *
   * @param dimensions the slowest first; those of 1 beyond the last two are left out
   */
  public static TensorShape checked(
      String name, long[] dimensions, MappedFile file, long declaredAt)
      throws MalformedModelException {
    for (long dimension : dimensions) {
      if (dimension <= 0 || dimension > Integer.MAX_VALUE) {
        throw file.malformed(
            declaredAt,
            "tensor %s has a dimension of %s; it must be from 1 to 2^31 - 1"
                .formatted(name, Long.toUnsignedString(dimension)));
      }
    }
    int count = dimensions.length;
    for (int i = 0; i < count - 2; i++) {
      if (dimensions[i] != 1) {
        throw file.malformed(
            declaredAt, "tensor %s has %d dimensions, more than a matrix".formatted(name, count));
      }
    }
    if (count == 0) {
      throw file.malformed(declaredAt, "tensor %s has no dimensions".formatted(name));
    }
    int rows = count == 1 ? 1 : (int) dimensions[count - 2];
    return new TensorShape(name, rows, (int) dimensions[count - 1]);
  }

  String text() {
    return rows + " x " + columns;
  }
}
