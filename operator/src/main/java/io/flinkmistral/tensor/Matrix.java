package io.flinkmistral.tensor;

import java.lang.foreign.MemorySegment;

/**
 * A typed view of a matrix (rows, columns), row by row in memory, in its file's own layout. A
 * vector is a matrix of one row.
 *
 * @param type number format
 * @param rows number of rows
 * @param columns numbers in a row, a multiple of the format's block length
 * @param data exactly {@code rows * type.bytes(columns)} bytes, not aligned to more than a byte
 */
public record Matrix(DataType type, int rows, int columns, MemorySegment data) {
  public Matrix {
    long bytes = Math.multiplyExact(type.bytes(columns), (long) rows);
    if (data.byteSize() != bytes) {
      throw new IllegalArgumentException(
          "a %d x %d matrix of %s takes %d bytes, but the data has %d"
              .formatted(rows, columns, type, bytes, data.byteSize()));
    }
  }

  public long rowBytes() {
    return type.bytes(columns);
  }

  /** Bytes of one row, in the file's layout. */
  public MemorySegment row(int row) {
    return data.asSlice(row * rowBytes(), rowBytes());
  }
}
