package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.machine.program.Node;
import java.util.Arrays;

/**
 * A set of stacks: what a text is in the middle of, the innermost first. Stacks with equal frames
 * on top share what is below, so that exponentially many take little room. Equal sets are one
 * object while their {@link StackPool} remembers them.
 *
 * <p>A frame is a node to return to, and for a {@link Node.Loop} how many texts came before the one
 * under way. Frames that differ in that number alone are one frame with a range of numbers. They
 * are ordered by node and number; ranges of one node do not overlap.
 */
final class Stacks {
  /** Whether the empty stack is one of them. */
  final boolean empty;

  final int[] returns;
  final int[] low;
  final int[] high;
  final Stacks[] below;
  final int depth;
  private final int hash;

  Stacks(boolean empty, int[] returns, int[] low, int[] high, Stacks[] below) {
    this.empty = empty;
    this.returns = returns;
    this.low = low;
    this.high = high;
    this.below = below;
    int deepest = 0;
    int sum = empty ? 1 : 0;
    for (int i = 0; i < returns.length; i++) {
      deepest = Math.max(deepest, 1 + below[i].depth);
      sum = 31 * (31 * (31 * (31 * sum + returns[i]) + low[i]) + high[i]) + below[i].hash;
    }
    this.depth = deepest;
    this.hash = sum;
  }

  int size() {
    return returns.length;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** What is below is compared by identity: it has been pooled before. */
  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof Stacks that
            && hash == that.hash
            && empty == that.empty
            && Arrays.equals(returns, that.returns)
            && Arrays.equals(low, that.low)
            && Arrays.equals(high, that.high)
            && sameBelow(that);
  }

  private boolean sameBelow(Stacks that) {
    for (int i = 0; i < below.length; i++) {
      if (below[i] != that.below[i]) {
        return false;
      }
    }
    return true;
  }

  /** About how many bytes of memory. */
  int bytes() {
    return 112 + 20 * returns.length;
  }
}
