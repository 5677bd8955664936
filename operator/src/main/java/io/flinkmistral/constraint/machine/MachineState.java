package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.machine.program.GrammarLimits;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Arrays;

/**
 * Where a text stands that may become one of a grammar's, after some of its bytes. Immutable but
 * for what it remembers, and safe for use by many threads. Which bytes may follow depends on the
 * state alone.
 */
public final class MachineState {
  /** What follows a state by a byte, and how much work it is to find that out. */
  record Step(MachineState to, int work) {
    /** Of memory, about. */
    static final int BYTES = 24;
  }

  private static final int[] NO_NODES = {};
  private static final Stacks[] NO_STACKS = {};

  private final SeenStates seen;

  /** What takes the next byte in, ascending. */
  final int[] nodes;

  /** What each of them is in the middle of. */
  final Stacks[] stacks;

  private final boolean canEnd;
  private final boolean isTangled;
  private final int hash;

  /**
   * What follows each class of bytes, as far as it has been looked for. It is written without
   * synchronisation: who does not see it looks again, and finds an equal state.
   */
  private Step[] next;

  private MachineState general;

  /** Of memory that {@link #stacks} take; 0: not known. */
  private int weight;

  MachineState(SeenStates seen, int[] nodes, Stacks[] stacks, boolean canEnd) {
    this(seen, nodes, stacks, canEnd, false);
  }

  private MachineState(
      SeenStates seen, int[] nodes, Stacks[] stacks, boolean canEnd, boolean isTangled) {
    this.seen = seen;
    this.nodes = nodes;
    this.stacks = stacks;
    this.canEnd = canEnd;
    this.isTangled = isTangled;
    int sum = canEnd ? 1 : 0;
    for (int i = 0; i < nodes.length; i++) {
      sum = 31 * (31 * sum + nodes[i]) + stacks[i].hashCode();
    }
    this.hash = sum;
  }

  static MachineState dead(SeenStates seen) {
    return new MachineState(seen, NO_NODES, NO_STACKS, false, false);
  }

  static MachineState tangled(SeenStates seen) {
    return new MachineState(seen, NO_NODES, NO_STACKS, false, true);
  }

  /** Whether the text is one of the grammar's as it is. */
  public boolean canEnd() {
    return canEnd;
  }

  /** Whether the text is one of the grammar's, and none that is longer begins with it. */
  public boolean canOnlyEnd() {
    return canEnd && nodes.length == 0;
  }

  /** Whether it can neither go on nor end. */
  public boolean isDead() {
    return !canEnd && nodes.length == 0 && !isTangled;
  }

  /**
   * Whether the text can be read in more ways than are followed: whether it can go on is not known.
   */
  public boolean isTangled() {
    return isTangled;
  }

  /** The state after one more byte, from 0 to 255; dead where it cannot follow. */
  public MachineState after(int value) {
    return step(kindOf(value)).to();
  }

  int kindOf(int value) {
    return seen.machine().kindOf(value);
  }

  int kinds() {
    return seen.machine().kinds();
  }

  /** By a byte of a class. */
  Step step(int kind) {
    Step[] known = next;
    if (known == null) {
      known = new Step[kinds()];
      next = known;
    }
    Step step = known[kind];
    if (step == null) {
      step = isTangled ? new Step(this, 1) : seen.after(this, kind);
      known[kind] = step;
    }
    return step;
  }

  /** The state after more bytes; dead where they cannot follow. */
  public MachineState after(byte[] bytes) {
    MachineState state = this;
    for (int i = 0; i < bytes.length && !state.isDead(); i++) {
      state = state.after(bytes[i] & 0xFF);
    }
    return state;
  }

  /** The only byte that can follow, where the text cannot end; -1 where there are several. */
  public int onlyByte() {
    return canEnd ? -1 : seen.onlyByte(this);
  }

  /**
   * A state after which the same texts of up to {@link GrammarMachine#HORIZON} bytes can follow,
   * one for many such states: how far a count is does not matter while it is far from its bounds.
   */
  public MachineState general() {
    MachineState known = general;
    if (known == null) {
      known = isTangled || isHeavy() ? this : seen.general(this);
      general = known;
    }
    return known;
  }

  /**
   * The same state where the machine remembers states now. A text that is written stays with it, so
   * that what has been forgotten is not kept by it.
   */
  public MachineState current() {
    SeenStates now = seen.machine().seen();
    return now == seen || isHeavy() ? this : now.copy(this);
  }

  /** Whether what the text is in the middle of is more than is followed. */
  public boolean isHeavy() {
    return weight() > GrammarLimits.WEIGHT;
  }

  /** Sets of stacks, and their frames. */
  int weight() {
    if (weight == 0) {
      weight = 1 + StackMapping.all(stacks).stream().mapToInt(one -> 4 + one.size()).sum();
    }
    return weight;
  }

  InvalidRequestException tooManyWays() {
    return seen.machine().tooManyWays();
  }

  /** About how many bytes of memory, without what follows it. */
  int bytes(int kinds) {
    return 160 + 8 * nodes.length + 4 * kinds;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof MachineState that
            && hash == that.hash
            && isTangled == that.isTangled
            && canEnd == that.canEnd
            && Arrays.equals(nodes, that.nodes)
            && Arrays.equals(stacks, that.stacks);
  }
}
