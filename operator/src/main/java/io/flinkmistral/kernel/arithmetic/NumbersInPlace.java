package io.flinkmistral.kernel.arithmetic;

import io.flinkmistral.kernel.Kernels;
import java.util.Objects;

/** Numbers in (columns, rows), wherever they lie: what {@link Kernels#addInPlace} multiplies. */
public sealed interface NumbersInPlace {
  /** Inputs that they are multiplied with. */
  int INPUTS = 4;

  /** Rows are a multiple of as many. */
  int ROWS = 16;

  /** Bytes that share a scale. */
  int SCALED = 32;

  /** Where the numbers are, without scales. */
  Strided numbers();

  /** IEEE halves, little-endian and finite. */
  record Halves(Strided numbers) implements NumbersInPlace {}

  /**
   * Signed bytes times scales, each of 32 columns of a row.
   *
   * @param scales (columns / 32, rows) halves, little-endian and finite
   */
  record BytesOfScaledRows(Strided numbers, Strided scales) implements NumbersInPlace {}

  /**
   * Signed bytes times scales, each of 32 rows of a column.
   *
   * @param scales bits of floats: those of a column one behind the other, from the first rows on
   * @param offset of the first one
   * @param stride from a column's first one to the next column's
   */
  record BytesOfScaledColumns(Strided numbers, int[] scales, int offset, int stride)
      implements NumbersInPlace {}

  /** Refuses columns and rows that it has no scales for. */
  default void check(int columns, int rows) {
    switch (this) {
      case Halves _ -> {}
      case BytesOfScaledRows _ -> checkWhole(columns, "columns");
      case BytesOfScaledColumns(_, int[] scales, int offset, int stride) -> {
        checkWhole(rows, "rows");
        if (columns > 0) {
          int last = offset + (columns - 1) * stride;
          Objects.checkFromToIndex(offset, last + rows / SCALED, scales.length);
        }
      }
    }
  }

  private static void checkWhole(int count, String what) {
    if (count % SCALED != 0) {
      throw new IllegalArgumentException(
          "%d %s: not a multiple of the %d that share a scale".formatted(count, what, SCALED));
    }
  }
}
