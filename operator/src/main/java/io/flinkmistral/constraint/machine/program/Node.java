package io.flinkmistral.constraint.machine.program;

/**
 * An instruction of a {@link Program}. Numbers without another name are indexes of nodes: where to
 * go on. Two kinds take a byte in, the others are done between bytes.
 */
public sealed interface Node {
  /** Takes in one byte. */
  record One(int value, int next) implements Node {}

  /** Takes in a byte of a range; they are ascending and do not overlap. */
  record Ranges(int[] low, int[] high, int[] next) implements Node {
    /** Where a byte leads; -1: nowhere. */
    public int after(int value) {
      int from = 0;
      int to = low.length - 1;
      while (from <= to) {
        int middle = (from + to) >>> 1;
        if (value < low[middle]) {
          to = middle - 1;
        } else if (value > high[middle]) {
          from = middle + 1;
        } else {
          return next[middle];
        }
      }
      return -1;
    }
  }

  /** Goes on in all of several places at once. */
  record Split(int[] next) implements Node {}

  /** A text that begins at {@code callee} and ends with {@link Return}, then {@code next}. */
  record Call(int callee, int next) implements Node {}

  /** The end of what was called. */
  record Return() implements Node {}

  /**
   * {@code least} to {@code most} texts that begin at {@code body} and end with {@link Return},
   * then {@code next}. None of them is empty.
   */
  record Loop(int body, int least, int most, int next) implements Node {
    public static final int UNBOUNDED = Integer.MAX_VALUE;
  }
}
