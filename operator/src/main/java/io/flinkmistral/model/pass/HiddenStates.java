package io.flinkmistral.model.pass;

/**
 * Hidden states after the last layer and the norm before the output, in memory that the next pass
 * overwrites.
 *
 * <p>Row {@code i} belongs to the i-th token whose hidden state was wanted, in the order of the
 * batch.
 *
 * @param values (rows, dim), row by row; longer than that
 * @param rows number of rows
 * @param dim numbers in a row
 */
public record HiddenStates(float[] values, int rows, int dim) {
  /** Where row {@code row} begins in {@link #values}. */
  public int offset(int row) {
    return row * dim;
  }
}
