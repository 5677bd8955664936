package io.flinkmistral.model.pass;

import io.flinkmistral.cache.KvCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * Tokens that have a row each in the activations of a pass: all of a batch, or those of which more
 * than keys and values is needed.
 */
public final class TokenRows {
  private final List<Run> runs;
  private final Run[] runOfRow;

  /**
   * Tokens of one sequence that follow each other.
   *
   * @param position of the first in its sequence
   * @param batchRow of the first among all tokens of the batch
   * @param row of the first among these
   */
  public record Run(KvCache cache, int position, int batchRow, int row, int count) {}

  private TokenRows(List<Run> runs, int count) {
    this.runs = List.copyOf(runs);
    this.runOfRow = new Run[count];
    for (Run run : runs) {
      Arrays.fill(runOfRow, run.row, run.row + run.count, run);
    }
  }

  /** Of each sequence the last tokens, as many as {@code count} says, in the batch's order. */
  public static TokenRows last(List<SequenceInput> batch, ToIntFunction<SequenceInput> count) {
    List<Run> runs = new ArrayList<>();
    int batchRow = 0;
    int rows = 0;
    for (SequenceInput input : batch) {
      int n = count.applyAsInt(input);
      int before = input.tokens().length - n;
      if (n > 0) {
        int position = input.cache().length() + before;
        runs.add(new Run(input.cache(), position, batchRow + before, rows, n));
      }
      batchRow += input.tokens().length;
      rows += n;
    }
    return new TokenRows(runs, rows);
  }

  public List<Run> runs() {
    return runs;
  }

  public int count() {
    return runOfRow.length;
  }

  public KvCache cache(int row) {
    return runOfRow[row].cache;
  }

  /** The token's position in its sequence. */
  public int position(int row) {
    return runOfRow[row].position + row - runOfRow[row].row;
  }

  /** The token's row among all of the batch, never less than {@code row}. */
  int batchRow(int row) {
    return runOfRow[row].batchRow + row - runOfRow[row].row;
  }
}
