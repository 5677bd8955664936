package io.flinkmistral.constraint.machine;

import io.flinkmistral.constraint.machine.program.GrammarLimits;
import io.flinkmistral.constraint.machine.program.Node;
import io.flinkmistral.constraint.machine.program.Program;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;

/**
 * All that is reached between two bytes. First what was called is returned from, as often as it can
 * be; then what comes next is called. The second goes by the nodes' ranks, so that all ways to a
 * node are united before it is gone on from, and exponentially many take no longer than one.
 */
final class Closure {
  private final Program program;
  private final StackPool pool;
  private final Work work;
  private final StackPool.Union union;
  private final Map<Integer, Stacks> reached = new HashMap<>();
  private final Deque<Stacks> returning = new ArrayDeque<>();
  private final Set<Stacks> returned = Collections.newSetFromMap(new IdentityHashMap<>());
  private boolean canEnd;

  /**
   * @param work that it may take
   */
  Closure(Program program, StackPool pool, Work work) {
    this.program = program;
    this.pool = pool;
    this.work = work;
    this.union = pool.union(work);
  }

  /** A node is reached; none that would lead deeper than is followed. */
  void reach(int node, Stacks stacks) throws Work.Exceeded {
    work.spend(1);
    if (isTooDeep(node, stacks)) {
      return;
    }
    add(node, stacks, reached);
    if (program.completes()[node]) {
      returning.add(stacks);
    }
  }

  private boolean isTooDeep(int node, Stacks stacks) {
    return stacks.depth + program.needs()[node] > GrammarLimits.DEPTH;
  }

  private void add(int node, Stacks stacks, Map<Integer, Stacks> to) throws Work.Exceeded {
    Stacks before = to.get(node);
    to.put(node, before == null ? stacks : union.of(before, stacks));
  }

  MachineState state(SeenStates of) throws Work.Exceeded {
    while (!returning.isEmpty()) {
      Stacks stacks = returning.poll();
      if (returned.add(stacks)) {
        returnFrom(stacks);
      }
    }
    Map<Integer, Stacks> taking = call();
    int[] nodes = new int[taking.size()];
    Stacks[] stacks = new Stacks[taking.size()];
    int i = 0;
    for (Map.Entry<Integer, Stacks> entry : taking.entrySet()) {
      nodes[i] = entry.getKey();
      stacks[i++] = entry.getValue();
    }
    return new MachineState(of, nodes, stacks, canEnd);
  }

  private void returnFrom(Stacks stacks) throws Work.Exceeded {
    work.spend(stacks.size());
    canEnd |= stacks.empty;
    for (int i = 0; i < stacks.size(); i++) {
      int node = stacks.returns[i];
      if (program.nodes()[node] instanceof Node.Loop loop) {
        repeat(node, loop, stacks.low[i] + 1, stacks.high[i] + 1, stacks.below[i]);
      } else {
        reach(node, stacks.below[i]);
      }
    }
  }

  /** Some more texts of a loop are there. */
  private void repeat(int node, Node.Loop loop, int low, int high, Stacks below)
      throws Work.Exceeded {
    int from = low;
    int to = high;
    if (loop.most() == Node.Loop.UNBOUNDED) { // More than the least is as good as the least.
      from = Math.min(low, loop.least());
      to = Math.min(high, loop.least());
    }
    if (to >= loop.least()) {
      reach(loop.next(), below);
    }
    if (from < loop.most()) {
      int last = Math.min(to, loop.most() - 1);
      reach(loop.body(), pool.push(node, from, last, below));
    }
  }

  /** What takes the next byte, by node. */
  private Map<Integer, Stacks> call() throws Work.Exceeded {
    Map<Integer, Stacks> taking = new TreeMap<>();
    PriorityQueue<Integer> open =
        new PriorityQueue<>(Comparator.comparingInt(node -> program.ranks()[node]));
    open.addAll(reached.keySet());
    while (!open.isEmpty()) {
      int node = open.poll();
      Stacks stacks = reached.get(node);
      switch (program.nodes()[node]) {
        case Node.One _, Node.Ranges _ -> taking.put(node, stacks);
        case Node.Return() -> {}
        case Node.Split split -> {
          for (int next : split.next()) {
            goOn(next, stacks, open);
          }
        }
        case Node.Call call -> goOn(call.callee(), pool.push(call.next(), 0, 0, stacks), open);
        case Node.Loop loop -> goOn(loop.body(), pool.push(node, 0, 0, stacks), open);
      }
    }
    return taking;
  }

  private void goOn(int node, Stacks stacks, PriorityQueue<Integer> open) throws Work.Exceeded {
    work.spend(1);
    if (!isTooDeep(node, stacks)) {
      if (!reached.containsKey(node)) {
        open.add(node);
      }
      add(node, stacks, reached);
    }
  }
}
