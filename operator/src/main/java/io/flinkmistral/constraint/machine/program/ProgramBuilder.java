package io.flinkmistral.constraint.machine.program;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Grammar;
import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.protocol.Surrogates;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;

/**
 * Makes a {@link Program} of a grammar, from the end of each expression to its beginning: a node is
 * made when where it goes on is known.
 *
 * <p>What is called or repeated is compiled without its empty text, which the caller allows beside
 * it: so a loop has no turns that do nothing, and nothing returns between two bytes of the same
 * call.
 */
public final class ProgramBuilder {
  private static final int RETURN = 0;
  private static final int NOWHERE = 1;

  private final Grammar grammar;
  private final Parts parts;
  private final List<Node> nodes = new ArrayList<>();

  /** Of each node, in which rule it was made first. */
  private final List<String> owners = new ArrayList<>();

  private final Map<Object, Integer> known = new HashMap<>();
  private final Map<Key, Integer> compiled = new HashMap<>();
  private final Map<String, Integer> starts = new HashMap<>();
  private final Deque<String> rulesToCompile = new ArrayDeque<>();
  private String rule;
  private int steps;

  /** Large sets stand in many places. */
  private final Map<CodePoints, List<Utf8Ranges.Bytes>> encoded = new IdentityHashMap<>();

  /** An expression is the same only if it is the same object: to compare trees takes too long. */
  private static final class Key {
    private final Expression expression;
    private final boolean withoutEmpty;
    private final int next;

    Key(Expression expression, boolean withoutEmpty, int next) {
      this.expression = expression;
      this.withoutEmpty = withoutEmpty;
      this.next = next;
    }

    @Override
    public int hashCode() {
      return 31 * (31 * System.identityHashCode(expression) + next) + (withoutEmpty ? 1 : 0);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && key.expression == expression
          && key.withoutEmpty == withoutEmpty
          && key.next == next;
    }
  }

  /** Where a loop is come to from a call. */
  private record Entry(int loop) {}

  /** No range begins so. */
  private static final int[] SPLIT = {-1};

  /** Equal numbers are equal. */
  private static final class Numbers {
    private final int[] numbers;

    Numbers(int[]... parts) {
      this.numbers = Arrays.stream(parts).flatMapToInt(Arrays::stream).toArray();
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(numbers);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Numbers that && Arrays.equals(numbers, that.numbers);
    }
  }

  /** Ranges of bytes that count as much as a node does. */
  private static final int RANGES_A_STEP = 8;

  private ProgramBuilder(Grammar grammar, String parameter) {
    this.grammar = grammar;
    this.parts = new Parts(grammar, parameter);
    this.rule = grammar.root();
    add(new Node.Return());
    add(new Node.Split(new int[0]));
  }

  /**
   * @param parameter to be blamed
   * @throws InvalidRequestException if there is no text of the grammar, if a rule begins with
   *     itself, or if the grammar is larger than is allowed; it says which rule, and what limit
   */
  public static Program compile(Grammar grammar, String parameter) {
    return new ProgramBuilder(grammar, parameter).program();
  }

  private Program program() {
    int root = start(grammar.root());
    while (!rulesToCompile.isEmpty()) {
      rule = rulesToCompile.poll();
      Expression expression = grammar.rules().get(rule);
      int begin = withoutEmpty(expression, RETURN);
      nodes.set(starts.get(rule), new Node.Split(new int[] {begin}));
      owners.set(starts.get(rule), rule);
    }
    if (parts.isNullable(grammar.rules().get(grammar.root()))) {
      root = split(root, RETURN);
    }
    ProgramAnalysis analysis = new ProgramAnalysis(nodes.toArray(Node[]::new));
    if (analysis.need(root) > GrammarLimits.DEPTH) {
      throw parts.refused(
          "allows no text: every text of rule \"%s\" would have no end, or more than %,d rules within one another"
              .formatted(Excerpt.of(grammar.root()), GrammarLimits.DEPTH));
    }
    List<Integer> cycle = analysis.cycle();
    if (!cycle.isEmpty()) {
      throw leftRecursion(cycle);
    }
    return analysis.program(root);
  }

  private InvalidRequestException leftRecursion(List<Integer> cycle) {
    List<String> names = new ArrayList<>();
    for (int node : cycle) {
      if (names.isEmpty() || !names.getLast().equals(owners.get(node))) {
        names.add(owners.get(node));
      }
    }
    if (names.size() > 1 && names.getFirst().equals(names.getLast())) {
      names.removeLast();
    }
    String begins =
        names.size() == 1
            ? "itself"
            : names.stream()
                .skip(1)
                .limit(4)
                .map(name -> "\"" + Excerpt.of(name) + "\"")
                .collect(Collectors.joining(", which begins with ", "", ", and so with itself"));
    return parts.refused(
        "has a rule \"%s\" that begins with %s (left recursion): put what it ends with into a repetition"
            .formatted(Excerpt.of(names.getFirst()), begins));
  }

  private int add(Node node) {
    steps += node instanceof Node.Ranges ranges ? 1 + ranges.low().length / RANGES_A_STEP : 1;
    if (steps > GrammarLimits.NODES) {
      throw parts.refused("becomes more than %,d steps".formatted(GrammarLimits.NODES));
    }
    nodes.add(node);
    owners.add(rule);
    return nodes.size() - 1;
  }

  private int start(String name) {
    Integer before = starts.get(name);
    if (before != null) {
      return before;
    }
    int start = add(new Node.Split(new int[0])); // Until the rule has been compiled.
    starts.put(name, start);
    rulesToCompile.add(name);
    return start;
  }

  /** Where texts of the expression begin that go on at {@code next}. */
  private int all(Expression expression, int next) {
    return memo(
        expression,
        false,
        next,
        () ->
            switch (expression) {
              case Expression.Literal(String text) -> literal(text, next);
              case Expression.Character(CodePoints oneOf) -> character(oneOf, next);
              case Expression.Sequence(List<Expression> of) -> sequence(of, next);
              case Expression.Choice(List<Expression> options) -> choice(options, false, next);
              case Expression.Repetition repetition ->
                  parts.isNullable(repetition)
                      ? split(withoutEmpty(repetition, next), next)
                      : repetition(repetition, next);
              case Expression.Reference(String name) ->
                  parts.isNullable(grammar.rules().get(name))
                      ? split(call(name, next), next)
                      : call(name, next);
            });
  }

  /** The same without the empty text. */
  private int withoutEmpty(Expression expression, int next) {
    if (!parts.isNullable(expression) && !(expression instanceof Expression.Reference)) {
      return all(expression, next);
    }
    return memo(
        expression,
        true,
        next,
        () ->
            switch (expression) {
              case Expression.Literal _ -> NOWHERE;
              case Expression.Character(CodePoints oneOf) -> character(oneOf, next);
              case Expression.Sequence(List<Expression> of) -> sequenceWithoutEmpty(of, next);
              case Expression.Choice(List<Expression> options) -> choice(options, true, next);
              case Expression.Repetition repetition -> repetition(repetition, next);
              case Expression.Reference(String name) -> call(name, next);
            });
  }

  private int memo(Expression expression, boolean withoutEmpty, int next, IntSupplier compilation) {
    Key key = new Key(expression, withoutEmpty, next);
    Integer before = compiled.get(key);
    if (before != null) {
      return before;
    }
    int begin = compilation.getAsInt();
    compiled.put(key, begin);
    return begin;
  }

  private int literal(String text, int next) {
    byte[] bytes = utf8(text);
    int begin = next;
    for (int i = bytes.length - 1; i >= 0; i--) {
      begin = one(bytes[i] & 0xFF, begin);
    }
    return begin;
  }

  private byte[] utf8(String text) {
    if (Surrogates.firstLone(text) >= 0) {
      throw parts.refused(
          "has the text \"%s\" with half of a surrogate pair, which UTF-8 cannot express"
              .formatted(Excerpt.of(text)));
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private int one(int value, int next) {
    Node.One node = new Node.One(value, next);
    return known.computeIfAbsent(node, _ -> add(node));
  }

  private int character(CodePoints oneOf, int next) {
    return edges(encoded.computeIfAbsent(oneOf, Utf8Ranges::of), 0, next);
  }

  /** Sequences of bytes from byte {@code at} on; those before it are the same. */
  private int edges(List<Utf8Ranges.Bytes> sequences, int at, int next) {
    List<Integer> low = new ArrayList<>();
    List<Integer> high = new ArrayList<>();
    List<Integer> targets = new ArrayList<>();
    for (int from = 0, to; from < sequences.size(); from = to) {
      Utf8Ranges.Bytes first = sequences.get(from);
      to = from + 1;
      while (to < sequences.size() && sequences.get(to).low()[at] == first.low()[at]) {
        to++;
      }
      boolean last = first.low().length == at + 1;
      int target = last ? next : edges(sequences.subList(from, to), at + 1, next);
      int before = targets.size() - 1;
      if (before >= 0 && targets.get(before) == target && high.get(before) == first.low()[at] - 1) {
        high.set(before, first.high()[at]);
      } else {
        low.add(first.low()[at]);
        high.add(first.high()[at]);
        targets.add(target);
      }
    }
    return ranges(low, high, targets);
  }

  private int ranges(List<Integer> low, List<Integer> high, List<Integer> targets) {
    if (low.isEmpty()) {
      return NOWHERE;
    }
    if (low.size() == 1 && low.getFirst().equals(high.getFirst())) {
      return one(low.getFirst(), targets.getFirst());
    }
    Node.Ranges node = new Node.Ranges(array(low), array(high), array(targets));
    return known.computeIfAbsent(new Numbers(node.low(), node.high(), node.next()), _ -> add(node));
  }

  private static int[] array(List<Integer> numbers) {
    return numbers.stream().mapToInt(Integer::intValue).toArray();
  }

  private int sequence(List<Expression> of, int next) {
    int begin = next;
    for (int i = of.size() - 1; i >= 0; i--) {
      begin = all(of.get(i), begin);
    }
    return begin;
  }

  /** All parts may be empty: the first that is not is any of them. */
  private int sequenceWithoutEmpty(List<Expression> of, int next) {
    int[] begins = new int[of.size()];
    int rest = next;
    for (int i = of.size() - 1; i >= 0; i--) {
      begins[i] = withoutEmpty(of.get(i), rest);
      rest = all(of.get(i), rest);
    }
    return split(begins);
  }

  /** Literals become one tree, so that however many there are, few are followed at a time. */
  private int choice(List<Expression> options, boolean withoutEmpty, int next) {
    LiteralTree literals = new LiteralTree();
    List<Integer> begins = new ArrayList<>();
    for (Expression option : options) {
      if (option instanceof Expression.Literal(String text)) {
        if (!withoutEmpty || !text.isEmpty()) {
          literals.add(utf8(text));
        }
      } else {
        begins.add(withoutEmpty ? withoutEmpty(option, next) : all(option, next));
      }
    }
    if (!literals.isEmpty()) {
      begins.add(literals.compile(next));
    }
    return split(begins.stream().mapToInt(Integer::intValue).toArray());
  }

  private final class LiteralTree {
    private final class Branch {
      final TreeMap<Integer, Branch> next = new TreeMap<>();
      boolean ends;
      int begin;
    }

    /** In the order in which they came: a branch comes after the one that it is of. */
    private final List<Branch> branches = new ArrayList<>(List.of(new Branch()));

    boolean isEmpty() {
      return branches.size() == 1 && !branches.getFirst().ends;
    }

    void add(byte[] text) {
      Branch branch = branches.getFirst();
      for (byte b : text) {
        branch = branch.next.computeIfAbsent(b & 0xFF, _ -> branch());
      }
      branch.ends = true;
    }

    private Branch branch() {
      if (branches.size() > GrammarLimits.NODES) {
        throw parts.refused("becomes more than %,d steps".formatted(GrammarLimits.NODES));
      }
      Branch branch = new Branch();
      branches.add(branch);
      return branch;
    }

    int compile(int next) {
      for (Branch branch : branches.reversed()) {
        List<Integer> values = List.copyOf(branch.next.keySet());
        List<Integer> targets = branch.next.values().stream().map(b -> b.begin).toList();
        int more = ranges(values, values, targets);
        branch.begin = branch.ends ? (more == NOWHERE ? next : split(more, next)) : more;
      }
      return branches.getFirst().begin;
    }
  }

  private int split(int... next) {
    int[] targets = Arrays.stream(next).filter(to -> to != NOWHERE).sorted().distinct().toArray();
    if (targets.length == 0) {
      return NOWHERE;
    }
    if (targets.length == 1) {
      return targets[0];
    }
    return known.computeIfAbsent(new Numbers(SPLIT, targets), _ -> add(new Node.Split(targets)));
  }

  private int call(String name, int next) {
    int callee = start(name);
    if (next == RETURN) {
      return callee; // It returns to where the caller would have.
    }
    // What returns to a loop has gone through its body once more; a call before it has not.
    Node.Call node =
        new Node.Call(callee, nodes.get(next) instanceof Node.Loop ? entry(next) : next);
    return known.computeIfAbsent(node, _ -> add(node));
  }

  private int entry(int loop) {
    return known.computeIfAbsent(new Entry(loop), _ -> add(new Node.Split(new int[] {loop})));
  }

  /** Without the empty text. */
  private int repetition(Expression.Repetition repetition, int next) {
    Expression what = repetition.what();
    OptionalInt most = repetition.most();
    if (most.isPresent() && most.getAsInt() == 0) {
      return NOWHERE;
    }
    // Where the empty text is one of its, fewer that are not empty will do.
    int least = parts.isNullable(what) ? 1 : Math.max(1, repetition.least());
    if (most.isPresent() && most.getAsInt() == 1) {
      return withoutEmpty(what, next);
    }
    if (most.isEmpty() && least == 1) {
      int again = add(new Node.Split(new int[0])); // Until the body is there.
      int body = withoutEmpty(what, again);
      nodes.set(again, new Node.Split(new int[] {body, next}));
      return body;
    }
    long times = parts.timesAlone(repetition);
    if (times > GrammarLimits.TIMES && times > most.orElse(1)) {
      throw parts.refused(
          "repeats repetitions of the same text: up to %,d times, but at most %,d are allowed"
              .formatted(times, GrammarLimits.TIMES));
    }
    int body = withoutEmpty(what, RETURN);
    Node.Loop loop = new Node.Loop(body, least, most.orElse(Node.Loop.UNBOUNDED), next);
    return known.computeIfAbsent(loop, _ -> add(loop));
  }
}
