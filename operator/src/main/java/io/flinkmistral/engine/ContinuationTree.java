package io.flinkmistral.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Continuations of one prompt, which are scored together: what several of them begin with is taken
 * in once.
 *
 * <pre>
 *   a b c        prompt ── a b ──┬── c          a run takes in "a b", and scores b after a,
 *   a b d e                      └── d ── e     and c and d after b; another one takes in "d"
 * </pre>
 */
final class ContinuationTree {
  /** A token after those before it. */
  private static final class Node {
    final Map<Integer, Node> next = new LinkedHashMap<>();
    final int token;
    double logProbability;

    Node(int token) {
      this.token = token;
    }

    boolean isLast() {
      return next.isEmpty();
    }

    int[] nextTokens() {
      return next.keySet().stream().mapToInt(t -> t).toArray();
    }
  }

  /** Tokens of one or more continuations that are taken in one after the other. */
  final class Run {
    private final List<Node> nodes;

    private Run(List<Node> nodes) {
      this.nodes = nodes;
    }

    /** None of the prompt's own. */
    int[] tokens() {
      return nodes.stream().mapToInt(node -> node.token).toArray();
    }

    /** What may come after each of them. */
    List<int[]> candidates() {
      return nodes.stream().map(Node::nextTokens).toList();
    }

    /**
     * Takes the scores of all candidates, in their order.
     *
     * @param more is told of each run that goes on from the end of this one
     */
    void scored(double[] logProbabilities, Consumer<Run> more) {
      int index = 0;
      for (Node node : nodes) {
        for (Node next : node.next.values()) {
          next.logProbability = logProbabilities[index++];
        }
      }
      runsBelow(nodes.getLast()).forEach(more);
    }
  }

  private final Node root = new Node(-1);

  /** Of each continuation its nodes. */
  private final List<List<Node>> paths = new ArrayList<>();

  /**
   * @param continuations at least one, of at least one token each
   */
  ContinuationTree(List<int[]> continuations) {
    for (int[] tokens : continuations) {
      List<Node> path = new ArrayList<>(tokens.length);
      Node node = root;
      for (int token : tokens) {
        node = node.next.computeIfAbsent(token, Node::new);
        path.add(node);
      }
      paths.add(path);
    }
  }

  /** The one that takes in no token of a continuation: what may come after the prompt. */
  Run first() {
    return new Run(List.of(root));
  }

  private List<Run> runsBelow(Node node) {
    List<Run> runs = new ArrayList<>();
    for (Node first : node.next.values()) {
      if (!first.isLast()) {
        runs.add(new Run(untilBranch(first)));
      }
    }
    return runs;
  }

  private static List<Node> untilBranch(Node first) {
    List<Node> nodes = new ArrayList<>();
    Node node = first;
    nodes.add(node);
    while (node.next.size() == 1) {
      node = node.next.values().iterator().next();
      if (node.isLast()) {
        break; // It is scored, and nothing after it.
      }
      nodes.add(node);
    }
    return nodes;
  }

  /** Pages that all runs take, beside those of the prompt. */
  long pages(int promptTokens, int pageTokens) {
    record Begin(Node node, int position) {}
    long pages = 0;
    Deque<Begin> open = new ArrayDeque<>(List.of(new Begin(root, promptTokens)));
    while (!open.isEmpty()) {
      Begin begin = open.pop();
      for (Run run : runsBelow(begin.node())) {
        int tokens = run.nodes.size();
        pages += Math.ceilDiv(begin.position() % pageTokens + tokens, pageTokens);
        open.push(new Begin(run.nodes.getLast(), begin.position() + tokens));
      }
    }
    return pages;
  }

  /** Of each continuation the scores of its tokens, when all runs are scored. */
  List<double[]> scores() {
    return paths.stream()
        .map(path -> path.stream().mapToDouble(node -> node.logProbability).toArray())
        .toList();
  }
}
