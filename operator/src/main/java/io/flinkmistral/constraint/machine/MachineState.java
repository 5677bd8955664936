package io.flinkmistral.constraint.machine;

import io.flinkmistral.protocol.InvalidRequestException;
import java.util.Arrays;

/**
 * Where a text stands that may become one of a grammar's, after some of its bytes. Immutable but
 * for what it remembers, and safe for use by many threads. Which bytes may follow depends on the
 * state alone.
 */
public final class MachineState {
  private final GrammarMachine machine;

  /** What takes the next byte in, ascending. */
  final int[] nodes;

  /** What each of them is in the middle of. */
  final Stacks[] stacks;

  private final boolean canEnd;
  private final int hash;

  /**
   * What follows each class of bytes, as far as it has been looked for. It is written without
   * synchronisation: who does not see it looks again, and finds an equal state.
   */
  private MachineState[] next;

  private MachineState general;

  MachineState(GrammarMachine machine, int[] nodes, Stacks[] stacks, boolean canEnd) {
    this.machine = machine;
    this.nodes = nodes;
    this.stacks = stacks;
    this.canEnd = canEnd;
    int sum = canEnd ? 1 : 0;
    for (int i = 0; i < nodes.length; i++) {
      sum = 31 * (31 * sum + nodes[i]) + stacks[i].hashCode();
    }
    this.hash = sum;
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
    return !canEnd && nodes.length == 0;
  }

  /** The state after one more byte, from 0 to 255; dead where it cannot follow. */
  public MachineState after(int value) {
    MachineState[] known = next;
    int kind = machine.kindOf(value);
    if (known == null) {
      known = new MachineState[machine.kinds()];
      next = known;
    }
    MachineState state = known[kind];
    if (state == null) {
      state = machine.after(this, kind);
      known[kind] = state;
    }
    return state;
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
    return canEnd ? -1 : machine.onlyByte(this);
  }

  /**
   * A state after which the same texts of up to {@link GrammarMachine#HORIZON} bytes can follow,
   * one for many such states: how far a count is does not matter while it is far from its bounds.
   */
  public MachineState general() {
    MachineState known = general;
    if (known == null) {
      known = machine.general(this);
      general = known;
    }
    return known;
  }

  /** In how many ways the text so far can be read, about: to read on takes as much longer. */
  public int ways() {
    int ways = nodes.length;
    for (Stacks stack : stacks) {
      ways += stack.size();
    }
    return ways;
  }

  /** Blames the grammar. */
  public InvalidRequestException refused(String what) {
    return machine.refused(what);
  }

  void forgetNext() {
    next = null;
    general = null;
  }

  /** About how many bytes of memory. */
  int bytes(int kinds) {
    return 96 + 8 * nodes.length + 4 * kinds;
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || other instanceof MachineState that
            && machine == that.machine
            && hash == that.hash
            && canEnd == that.canEnd
            && Arrays.equals(nodes, that.nodes)
            && Arrays.equals(stacks, that.stacks);
  }
}
