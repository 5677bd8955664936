package io.flinkmistral.kernel;

import java.util.Objects;

/** Scales of signed bytes that lie in (columns, rows), each of {@link #NUMBERS} of them. */
public sealed interface ByteScales {
  /** Numbers that share a scale. */
  int NUMBERS = 32;

  /**
   * Each of 32 columns of a row.
   *
   * @param halves (columns / 32, rows), little-endian and finite
   */
  record OfRows(Strided halves) implements ByteScales {}

  /**
   * Each of 32 rows of a column.
   *
   * @param floats their bits: those of a column one behind the other, from the first rows on
   * @param offset of the first one
   * @param stride from a column's first one to the next column's
   */
  record OfColumns(int[] floats, int offset, int stride) implements ByteScales {}

  /** Refuses what they are not the scales of. */
  default void check(int columns, int rows) {
    switch (this) {
      case OfRows _ -> checkWhole(columns, "columns");
      case OfColumns(int[] floats, int offset, int stride) -> {
        checkWhole(rows, "rows");
        if (columns > 0) {
          int last = offset + (columns - 1) * stride;
          Objects.checkFromToIndex(offset, last + rows / NUMBERS, floats.length);
        }
      }
    }
  }

  private static void checkWhole(int count, String what) {
    if (count % NUMBERS != 0) {
      throw new IllegalArgumentException(
          "%d %s: not a multiple of the %d that share a scale".formatted(count, what, NUMBERS));
    }
  }
}
