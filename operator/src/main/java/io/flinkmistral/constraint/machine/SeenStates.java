package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.machine.program.GrammarLimits;
import io.flinkmistral.constraint.machine.program.Node;
import io.flinkmistral.constraint.machine.program.Program;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * The states of a machine that have been seen, each once, and what follows them. Equal sets of
 * stacks are one object in here, so that how much work a step takes follows from its state alone,
 * and not from what was seen before. Grows until nobody holds one of its states any more. Safe for
 * use by many threads.
 */
final class SeenStates {
  private final GrammarMachine machine;
  private final Program program;
  private final StackPool pool = new StackPool();
  private final Map<MachineState, MachineState> states = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private final MachineState dead;
  private final MachineState tangled;
  private final MachineState start;

  SeenStates(GrammarMachine machine, Program program) {
    this.machine = machine;
    this.program = program;
    this.dead = MachineState.dead(this);
    this.tangled = MachineState.tangled(this);
    this.start = begin();
  }

  private MachineState begin() {
    Closure closure = new Closure(program, pool, new Work(GrammarLimits.STEPS));
    try {
      closure.reach(program.start(), StackPool.EMPTY);
      return known(closure.state(this));
    } catch (Work.Exceeded e) {
      return tangled;
    }
  }

  GrammarMachine machine() {
    return machine;
  }

  MachineState start() {
    return start;
  }

  /** About how many bytes of memory all take. */
  long bytes() {
    return bytes.get() + pool.bytes();
  }

  /** What follows a state of these by a byte of a class. */
  MachineState.Step after(MachineState state, int kind) {
    int value = program.representatives()[kind];
    Work work = new Work(GrammarLimits.STEPS);
    MachineState next;
    try {
      Closure closure = new Closure(program, pool, work);
      work.spend(1 + state.nodes.length);
      for (int i = 0; i < state.nodes.length; i++) {
        int node = after(state.nodes[i], value);
        if (node >= 0) {
          closure.reach(node, state.stacks[i]);
        }
      }
      next = known(closure.state(this));
    } catch (Work.Exceeded e) {
      next = tangled;
    }
    bytes.addAndGet(MachineState.Step.BYTES);
    return new MachineState.Step(next, work.done());
  }

  private int after(int node, int value) {
    return switch (program.nodes()[node]) {
      case Node.One one -> one.value() == value ? one.next() : -1;
      case Node.Ranges ranges -> ranges.after(value);
      case Node.Split _, Node.Call _, Node.Return _, Node.Loop _ ->
          throw new IllegalStateException("node %d takes no byte".formatted(node));
    };
  }

  private MachineState known(MachineState state) {
    if (state.isDead()) {
      return dead;
    }
    MachineState before = states.putIfAbsent(state, state);
    if (before == null) {
      bytes.addAndGet(state.bytes(program.classCount()));
    }
    return before == null ? state : before;
  }

  /** The state of these that is equal to one of others. */
  MachineState copy(MachineState other) {
    if (other.isTangled()) {
      return tangled;
    }
    return mapped(
        other,
        (stacks, below) -> {
          StackPool.Frames frames = new StackPool.Frames(stacks.size());
          for (int i = 0; i < stacks.size(); i++) {
            frames.add(
                stacks.returns[i], stacks.low[i], stacks.high[i], below.apply(stacks.below[i]));
          }
          return pool.mapped(stacks, frames);
        });
  }

  /** See {@link MachineState#general}. */
  MachineState general(MachineState state) {
    return program.counts() ? mapped(state, this::general) : state;
  }

  private MachineState mapped(MachineState state, StackMapping.Rule rule) {
    Stacks[] stacks = StackMapping.map(state.stacks, rule);
    return known(new MachineState(this, state.nodes, stacks, state.canEnd()));
  }

  private Stacks general(Stacks stacks, UnaryOperator<Stacks> mapped) {
    StackPool.Frames frames = new StackPool.Frames(stacks.size());
    boolean same = true;
    boolean ordered = true;
    int lastNode = -1;
    int lastHigh = -1;
    for (int i = 0; i < stacks.size(); i++) {
      int low = stacks.low[i];
      int high = stacks.high[i];
      if (program.nodes()[stacks.returns[i]] instanceof Node.Loop loop) {
        int of = general(low, loop);
        if (high - low == general(high, loop) - of || of == general(high, loop)) {
          high = general(high, loop);
          low = of;
        }
      }
      ordered &= stacks.returns[i] != lastNode || low > lastHigh;
      lastNode = stacks.returns[i];
      lastHigh = high;
      Stacks below = mapped.apply(stacks.below[i]);
      same &= below == stacks.below[i] && low == stacks.low[i] && high == stacks.high[i];
      frames.add(stacks.returns[i], low, high, below);
    }
    return same || !ordered ? stacks : pool.mapped(stacks, frames);
  }

  /** A count that compares with the bounds as this one does, now and for a while. */
  private static int general(int count, Node.Loop loop) {
    long soon = (long) count + GrammarMachine.HORIZON + 2;
    if (soon < loop.least()) {
      return 0;
    }
    return count >= loop.least() && loop.most() != Node.Loop.UNBOUNDED && soon < loop.most()
        ? loop.least()
        : count;
  }

  int onlyByte(MachineState state) {
    int only = -1;
    for (int node : state.nodes) {
      int value =
          switch (program.nodes()[node]) {
            case Node.One one -> one.value();
            case Node.Ranges ranges ->
                ranges.low().length == 1 && ranges.low()[0] == ranges.high()[0]
                    ? ranges.low()[0]
                    : -1;
            case Node.Split _, Node.Call _, Node.Return _, Node.Loop _ -> -1;
          };
      if (value < 0 || only >= 0 && only != value) {
        return -1;
      }
      only = value;
    }
    return only;
  }
}
