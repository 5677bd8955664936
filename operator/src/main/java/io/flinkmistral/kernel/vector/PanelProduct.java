package io.flinkmistral.kernel.vector;

import io.flinkmistral.kernel.arithmetic.MatrixRows;
import io.flinkmistral.tensor.Matrix;
import java.util.Objects;
import java.util.Queue;

/**
 * One matrix product from the file's own layout: 16 rows at a time become a panel of floats whose
 * lanes are the rows.
 */
public final class PanelProduct {
  private final Lanes lanes;
  private final Matrix matrix;
  private final float[] in;
  private final int tokens;
  private final float[] out;
  private final Queue<Scratch> free;

  /**
   * @param free scratch memory of earlier products that no thread uses now
   */
  public PanelProduct(
      Lanes lanes, Matrix matrix, float[] in, int tokens, float[] out, Queue<Scratch> free) {
    this.lanes = lanes;
    this.matrix = matrix;
    this.in = in;
    this.tokens = tokens;
    this.out = out;
    this.free = free;
  }

  public int panels() {
    return Math.ceilDiv(matrix.rows(), Lanes.PANEL);
  }

  /** Computes the outputs of one panel, for all tokens. */
  public void compute(int panel) {
    Scratch scratch = Objects.requireNonNullElseGet(free.poll(), Scratch::new);
    compute(panel, scratch);
    free.add(scratch);
  }

  private void compute(int panel, Scratch scratch) {
    int columns = matrix.columns();
    int firstRow = panel * Lanes.PANEL;
    int rows = Math.min(Lanes.PANEL, matrix.rows() - firstRow);
    float[] weights = scratch.panel(columns);
    for (int r = 0; r < rows; r++) {
      MatrixRows.read(matrix, firstRow + r, scratch.row, 0);
      for (int k = 0; k < columns; k++) {
        weights[k * Lanes.PANEL + r] = scratch.row[k];
      }
    }
    for (int token = 0; token < tokens; token += Lanes.TOKENS) {
      int count = Math.min(Lanes.TOKENS, tokens - token);
      lanes.multiplyPanel(weights, columns, in, token * columns, count, scratch.tile);
      for (int t = 0; t < count; t++) {
        System.arraycopy(
            scratch.tile, t * Lanes.PANEL, out, (token + t) * matrix.rows() + firstRow, rows);
      }
    }
  }

  /** What one thread needs beside inputs and outputs. */
  public static final class Scratch {
    final float[] tile = new float[Lanes.TOKENS * Lanes.PANEL];
    float[] row = new float[0];
    private float[] panel = new float[0];

    /** A panel for as many columns; rows that are not written are zero or left over. */
    float[] panel(int columns) {
      if (row.length < columns) {
        row = new float[columns];
        panel = new float[columns * Lanes.PANEL];
      }
      return panel;
    }
  }
}
