package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.protocol.InvalidRequestException;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads texts of a grammar byte by byte, as UTF-8: a pushdown automaton that follows all ways to
 * read a text at once. Sets of ways are states, each of which is made once and remembers what
 * follows it; so what has been read once is read again at the speed of a table. Immutable but for
 * that, and safe for use by many threads.
 *
 * <p>There are no dead ends: of each state that is not dead, some text leads to an end.
 */
public final class GrammarMachine {
  /** Bytes that {@link MachineState#general} answers for. */
  public static final int HORIZON = 256;

  private final Program program;
  private final String parameter;
  private final StackPool pool = new StackPool();
  private final Map<MachineState, MachineState> states = new ConcurrentHashMap<>();
  private final AtomicLong stateBytes = new AtomicLong();
  private final MachineState dead;
  private final MachineState start;

  private GrammarMachine(Program program, String parameter) {
    this.program = program;
    this.parameter = parameter;
    this.dead = new MachineState(this, new int[0], new Stacks[0], false);
    Closure closure = new Closure(program, pool);
    closure.reach(program.start(), StackPool.EMPTY);
    this.start = state(closure);
  }

  /**
   * Compiles a grammar.
   *
   * @param parameter the request's field that it is of, to be blamed
   * @throws InvalidRequestException if there is no text of the grammar, if a rule begins with
   *     itself, or if it is larger than is allowed; it says which rule, and what limit
   */
  public static GrammarMachine compile(Grammar grammar, String parameter) {
    return new GrammarMachine(ProgramBuilder.compile(grammar, parameter), parameter);
  }

  /** Before the first byte. */
  public MachineState start() {
    return start;
  }

  InvalidRequestException refused(String what) {
    return new InvalidRequestException(parameter, parameter + " " + what);
  }

  int kindOf(int value) {
    return program.classes()[value];
  }

  int kinds() {
    return program.classCount();
  }

  MachineState after(MachineState state, int kind) {
    int value = program.representatives()[kind];
    Closure closure = new Closure(program, pool);
    for (int i = 0; i < state.nodes.length; i++) {
      int next = after(state.nodes[i], value);
      if (next >= 0) {
        closure.reach(next, state.stacks[i]);
      }
    }
    return state(closure);
  }

  private int after(int node, int value) {
    return switch (program.nodes()[node]) {
      case Node.One one -> one.value() == value ? one.next() : -1;
      case Node.Ranges ranges -> ranges.after(value);
      case Node.Split _, Node.Call _, Node.Return _, Node.Loop _ ->
          throw new IllegalStateException("node %d takes no byte".formatted(node));
    };
  }

  private MachineState state(Closure closure) {
    return known(closure.state(this));
  }

  private MachineState known(MachineState state) {
    if (state.isDead()) {
      return dead == null ? state : dead;
    }
    MachineState before = states.putIfAbsent(state, state);
    if (before != null) {
      return before;
    }
    if (stateBytes.addAndGet(state.bytes(kinds())) + pool.bytes() > GrammarLimits.MEMORY) {
      forget();
    }
    return state;
  }

  /** Too much is remembered: all is found anew. What is in use stays right. */
  private synchronized void forget() {
    if (stateBytes.get() + pool.bytes() > GrammarLimits.MEMORY) {
      states.keySet().forEach(MachineState::forgetNext);
      states.clear();
      pool.clear();
      stateBytes.set(0);
    }
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

  MachineState general(MachineState state) {
    if (!program.counts() || state.nodes.length > GrammarLimits.WAYS / 10) {
      return state;
    }
    Map<Stacks, Stacks> mapped = new IdentityHashMap<>();
    Stacks[] stacks = new Stacks[state.stacks.length];
    boolean same = true;
    for (int i = 0; i < stacks.length; i++) {
      stacks[i] = general(state.stacks[i], mapped);
      same &= stacks[i] == state.stacks[i];
    }
    return same ? state : known(new MachineState(this, state.nodes, stacks, state.canEnd()));
  }

  private Stacks general(Stacks stacks, Map<Stacks, Stacks> mapped) {
    Stacks before = mapped.get(stacks);
    if (before != null) {
      return before;
    }
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
      Stacks below = general(stacks.below[i], mapped);
      same &= below == stacks.below[i] && low == stacks.low[i] && high == stacks.high[i];
      frames.add(stacks.returns[i], low, high, below);
    }
    Stacks result = same || !ordered ? stacks : pool.mapped(stacks, frames);
    mapped.put(stacks, result);
    return result;
  }

  /** A count that compares with the bounds as this one does, now and for a while. */
  private static int general(int count, Node.Loop loop) {
    long soon = (long) count + HORIZON + 2;
    if (soon < loop.least()) {
      return 0;
    }
    return count >= loop.least() && loop.most() != Node.Loop.UNBOUNDED && soon < loop.most()
        ? loop.least()
        : count;
  }
}
