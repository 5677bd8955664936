package io.flinkmistral.model.pass;

import java.util.Arrays;

/**
 * Logits of a forward pass, in memory that the next pass overwrites.
 *
 * <p>Row {@code i} belongs to the i-th token for which logits were wanted, in the order of the
 * batch.
 *
 * @param values (rows, vocabularySize), row by row; longer than that
 * @param rows number of rows
 * @param vocabularySize numbers in a row
 */
public record Logits(float[] values, int rows, int vocabularySize) {
  /** Where row {@code row} begins in {@link #values}. */
  public int offset(int row) {
    return row * vocabularySize;
  }

  /** A copy of one row. */
  public float[] row(int row) {
    return Arrays.copyOfRange(values, offset(row), offset(row + 1));
  }
}
