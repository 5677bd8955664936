package io.flinkmistral.constraint.machine.program;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;

/** What follows from the nodes of a program; see {@link Program} for what it is. */
final class ProgramAnalysis {
  private static final int[] NONE = {};

  private final Node[] nodes;

  /** Which nodes lead to a node: those of node i are at firstUser[i] .. firstUser[i + 1] - 1. */
  private final int[] users;

  private final int[] firstUser;
  private final int[] needs;

  ProgramAnalysis(Node[] nodes) {
    this.nodes = nodes;
    this.firstUser = new int[nodes.length + 1];
    for (Node node : nodes) {
      for (int next : next(node)) {
        firstUser[next + 1]++;
      }
    }
    Arrays.parallelPrefix(firstUser, Integer::sum);
    this.users = new int[firstUser[nodes.length]];
    int[] place = firstUser.clone();
    for (int i = 0; i < nodes.length; i++) {
      for (int next : next(nodes[i])) {
        users[place[next]++] = i;
      }
    }
    this.needs = searchNeeds();
  }

  private static int[] next(Node node) {
    return switch (node) {
      case Node.One one -> new int[] {one.next()};
      case Node.Ranges ranges -> ranges.next();
      case Node.Split split -> split.next();
      case Node.Call call -> new int[] {call.callee(), call.next()};
      case Node.Return() -> NONE;
      case Node.Loop loop -> new int[] {loop.body(), loop.next()};
    };
  }

  int need(int node) {
    return needs[node];
  }

  /**
   * The least of all ways, which is found as the shortest paths of a grammar are: in the order of
   * their lengths (Knuth, "A generalization of Dijkstra's algorithm", 1977).
   */
  private int[] searchNeeds() {
    int[] found = new int[nodes.length];
    Arrays.fill(found, GrammarLimits.DEPTH + 1);
    List<Deque<Integer>> byNeed = new ArrayList<>();
    for (int need = 0; need <= GrammarLimits.DEPTH; need++) {
      byNeed.add(new ArrayDeque<>());
    }
    for (int i = 0; i < nodes.length; i++) {
      if (nodes[i] instanceof Node.Return) {
        byNeed.getFirst().add(i);
      }
    }
    for (int need = 0; need <= GrammarLimits.DEPTH; need++) {
      Deque<Integer> now = byNeed.get(need);
      while (!now.isEmpty()) {
        int node = now.poll();
        if (found[node] <= need) {
          continue;
        }
        found[node] = need;
        for (int i = firstUser[node]; i < firstUser[node + 1]; i++) {
          int needOfUser = needOf(nodes[users[i]], need, found);
          if (needOfUser <= GrammarLimits.DEPTH) {
            byNeed.get(needOfUser).add(users[i]);
          }
        }
      }
    }
    return found;
  }

  private static int needOf(Node user, int least, int[] found) {
    return switch (user) {
      case Node.Call call -> Math.max(1 + found[call.callee()], found[call.next()]);
      case Node.Loop loop -> Math.max(1 + found[loop.body()], found[loop.next()]);
      case Node.One _, Node.Ranges _, Node.Split _, Node.Return _ -> least;
    };
  }

  /** What follows without a byte, other than by a return. */
  private int[] between(int node) {
    if (needs[node] > GrammarLimits.DEPTH) {
      return NONE;
    }
    return switch (nodes[node]) {
      case Node.One _, Node.Ranges _, Node.Return _ -> NONE;
      case Node.Split split -> split.next();
      case Node.Call call -> new int[] {call.callee()};
      case Node.Loop loop -> new int[] {loop.body()};
    };
  }

  /** In reverse: all that follows a node comes before it. Of a cycle, only what is in it. */
  private List<Integer> order(List<Integer> cycle) {
    List<Integer> order = new ArrayList<>(nodes.length);
    byte[] colours = new byte[nodes.length]; // 0: not seen, 1: under way, 2: done
    int[] progress = new int[nodes.length];
    Deque<Integer> path = new ArrayDeque<>();
    for (int root = 0; root < nodes.length; root++) {
      if (colours[root] == 0) {
        colours[root] = 1;
        path.push(root);
      }
      while (!path.isEmpty()) {
        int node = path.peek();
        int[] next = between(node);
        if (progress[node] == next.length) {
          colours[node] = 2;
          order.add(node);
          path.pop();
          continue;
        }
        int to = next[progress[node]++];
        if (colours[to] == 1) {
          path.reversed().stream().dropWhile(on -> on != to).forEach(cycle::add);
          return order;
        }
        if (colours[to] == 0) {
          colours[to] = 1;
          path.push(to);
        }
      }
    }
    return order;
  }

  /** Nodes that lead from one to itself without a byte; empty where there are none. */
  List<Integer> cycle() {
    List<Integer> cycle = new ArrayList<>();
    order(cycle);
    return cycle;
  }

  private boolean[] completes() {
    boolean[] completes = new boolean[nodes.length];
    Deque<Integer> found = new ArrayDeque<>();
    for (int i = 0; i < nodes.length; i++) {
      if (nodes[i] instanceof Node.Return) {
        completes[i] = true;
        found.add(i);
      }
    }
    while (!found.isEmpty()) {
      int node = found.poll();
      for (int i = firstUser[node]; i < firstUser[node + 1]; i++) {
        int user = users[i];
        if (nodes[user] instanceof Node.Split && !completes[user]) {
          completes[user] = true;
          found.add(user);
        }
      }
    }
    return completes;
  }

  /** With what is said of each node. */
  private long bytes() {
    long bytes = 0;
    for (Node node : nodes) {
      bytes += 40 + 4 * next(node).length;
      if (node instanceof Node.Ranges ranges) {
        bytes += 32 + 8 * ranges.low().length;
      }
    }
    return bytes;
  }

  /** Without cycles. */
  Program program(int start) {
    List<Integer> order = order(new ArrayList<>());
    int[] ranks = new int[nodes.length];
    for (int i = 0; i < order.size(); i++) {
      ranks[order.get(i)] = order.size() - i;
    }
    TreeSet<Integer> begins = new TreeSet<>(List.of(0));
    boolean counts = false;
    for (Node node : nodes) {
      switch (node) {
        case Node.One one -> {
          begins.add(one.value());
          begins.add(one.value() + 1);
        }
        case Node.Ranges ranges -> {
          for (int i = 0; i < ranges.low().length; i++) {
            begins.add(ranges.low()[i]);
            begins.add(ranges.high()[i] + 1);
          }
        }
        case Node.Loop _ -> counts = true;
        case Node.Split _, Node.Call _, Node.Return _ -> {}
      }
    }
    begins.remove(0x100);
    int[] representatives = begins.stream().mapToInt(Integer::intValue).toArray();
    int[] classes = new int[0x100];
    for (int value = 0; value < classes.length; value++) {
      classes[value] = begins.headSet(value, true).size() - 1;
    }
    return new Program(
        nodes, start, ranks, needs, completes(), classes, representatives, counts, bytes());
  }
}
