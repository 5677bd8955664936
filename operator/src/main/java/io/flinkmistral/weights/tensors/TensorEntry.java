package io.flinkmistral.weights.tensors;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.source.MappedFile;

/**
 * A tensor as a file's directory declares it, checked against the file's length.
 *
 * @param name name in the file
 * @param type number format
 * @param rows 1 for a vector
 * @param columns numbers in a row
 * @param file the file that holds it
 * @param offset its first byte, from the file's start
 * @param bytes its length
 * @param declaredAt where the directory declares it, from the file's start
 */
public record TensorEntry(
    String name,
    DataType type,
    int rows,
    int columns,
    MappedFile file,
    long offset,
    long bytes,
    long declaredAt) {

  /** Checks that the numbers make whole blocks and that the file holds them. */
  public static TensorEntry checked(
      TensorShape shape, DataType type, MappedFile file, long offset, long declaredAt)
      throws MalformedModelException {
    String name = shape.name();
    if (shape.columns() % type.blockLength() != 0) {
      throw file.malformed(
          declaredAt,
          "tensor %s has rows of %d numbers, which are no whole blocks of %s (%d)"
              .formatted(name, shape.columns(), type, type.blockLength()));
    }
    // Neither overflows: rows and columns are below 2^31, and a number takes at most 4 bytes.
    long bytes;
    try {
      bytes = Math.multiplyExact(type.bytes(shape.columns()), (long) shape.rows());
    } catch (ArithmeticException e) {
      throw file.malformed(
          declaredAt, "tensor %s of %s is too large".formatted(name, shape.text()));
    }
    if (offset < 0 || offset > file.size() || bytes > file.size() - offset) {
      throw file.malformed(
          declaredAt,
          "tensor %s of %s %s takes %d bytes from byte %s on, but the file ends at byte %d"
              .formatted(
                  name, shape.text(), type, bytes, Long.toUnsignedString(offset), file.size()));
    }
    return new TensorEntry(
        name, type, shape.rows(), shape.columns(), file, offset, bytes, declaredAt);
  }

  public Matrix matrix() {
    return new Matrix(type, rows, columns, file.data().asSlice(offset, bytes));
  }

  public MalformedModelException malformed(String reason) {
    return file.malformed(declaredAt, "tensor %s %s".formatted(name, reason));
  }
}
