package io.flinkmistral.constraint.automaton;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.CodePoints.Range;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Expression;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.Rules;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * A set of texts that is recognised character by character, with one state for all that matters of
 * what was read. From each state some text of the set can still be reached.
 */
public final class Automaton {
  public static final int MAX_STATES = 20_000;

  /** Of the table of next states. */
  private static final int MAX_CELLS = 4_000_000;

  private static final int NONE = -1;
  private static final int START = 0;

  private final List<CodePoints> classes;
  private final int[][] next;
  private final boolean[] accepting;

  /** Of each class the first characters of its ranges; made when it is needed. */
  private NavigableMap<Integer, Integer> classBegins;

  /** Made when it is needed. */
  private OptionalInt longest;

  Automaton(List<CodePoints> classes, int[][] next, boolean[] accepting) {
    this.classes = List.copyOf(classes);
    this.next = next;
    this.accepting = accepting;
  }

  /** From a state by a class of characters to the next state, or null where no text goes on so. */
  public interface Step<S> {
    S from(S state, int characterClass);
  }

  /**
   * Tries each class of characters in each state.
   *
   * @param <S> states with equality
   */
  public static <S> Automaton explore(
      List<CodePoints> classes,
      S start,
      Step<S> step,
      Predicate<S> accepts,
      Effort effort,
      Place place) {
    Map<S, Integer> numbers = new HashMap<>();
    List<S> states = new ArrayList<>();
    numbers.put(start, START);
    states.add(start);
    List<int[]> table = new ArrayList<>();
    for (int state = 0; state < states.size(); state++) {
      effort.spend(4L * (1 + classes.size()), place);
      int[] row = new int[classes.size()];
      for (int c = 0; c < row.length; c++) {
        S to = step.from(states.get(state), c);
        row[c] = to == null ? NONE : number(to, numbers, states);
      }
      table.add(row);
      checkSize(states.size(), classes.size(), place);
    }
    boolean[] accepting = new boolean[states.size()];
    for (int state = 0; state < accepting.length; state++) {
      accepting[state] = accepts.test(states.get(state));
    }
    return new Automaton(classes, table.toArray(int[][]::new), accepting).trimmed();
  }

  private static <S> int number(S state, Map<S, Integer> numbers, List<S> states) {
    Integer known = numbers.putIfAbsent(state, states.size());
    if (known != null) {
      return known;
    }
    states.add(state);
    return states.size() - 1;
  }

  private static void checkSize(int states, int classes, Place place) {
    if (states > MAX_STATES) {
      throw place.refused("needs an automaton of more than %,d states".formatted(MAX_STATES));
    }
    if ((long) states * classes > MAX_CELLS) {
      throw place.refused("needs an automaton of more than %,d transitions".formatted(MAX_CELLS));
    }
  }

  /** Each text. */
  public static Automaton all() {
    return new Automaton(List.of(CodePoints.ALL), new int[][] {{START}}, new boolean[] {true});
  }

  /** Each text of {@code least} to {@code most} characters. */
  public static Automaton ofLength(int least, OptionalInt most, Effort effort, Place place) {
    int last = most.orElse(least);
    return explore(
        List.of(CodePoints.ALL),
        0,
        (length, _) ->
            length < last ? Integer.valueOf(length + 1) : most.isPresent() ? null : length,
        length -> length >= least,
        effort,
        place);
  }

  /** These texts and no others. */
  public static Automaton ofTexts(Collection<String> texts, Effort effort, Place place) {
    List<Map<Integer, Integer>> trie = new ArrayList<>();
    trie.add(new HashMap<>());
    List<Integer> ends = new ArrayList<>();
    effort.spend(4 * texts.stream().mapToLong(String::length).sum(), place);
    List<Integer> characters =
        texts.stream().flatMapToInt(String::codePoints).distinct().sorted().boxed().toList();
    for (String text : texts) {
      int node = START;
      for (int character : text.codePoints().toArray()) {
        Integer child = trie.get(node).get(character);
        if (child == null) {
          child = trie.size();
          trie.get(node).put(character, child);
          trie.add(new HashMap<>());
          checkSize(trie.size(), characters.size(), place);
        }
        node = child;
      }
      ends.add(node);
    }
    return explore(
        characters.stream().map(c -> CodePoints.of(new Range(c, c))).toList(),
        START,
        (node, c) -> trie.get(node).get(characters.get(c)),
        Set.copyOf(ends)::contains,
        effort,
        place);
  }

  /** The texts of both. */
  public Automaton and(Automaton other, Effort effort, Place place) {
    return product(
        other,
        pair -> pair.left() != NONE && pair.right() != NONE,
        pair -> isEnd(pair.left()) && other.isEnd(pair.right()),
        effort,
        place);
  }

  /** The texts of this one that the other has not. */
  public Automaton minus(Automaton other, Effort effort, Place place) {
    return product(
        other,
        pair -> pair.left() != NONE,
        pair -> isEnd(pair.left()) && !other.isEnd(pair.right()),
        effort,
        place);
  }

  /** The texts of either. */
  public Automaton or(Automaton other, Effort effort, Place place) {
    return product(
        other,
        pair -> pair.left() != NONE || pair.right() != NONE,
        pair -> isEnd(pair.left()) || other.isEnd(pair.right()),
        effort,
        place);
  }

  private boolean isEnd(int state) {
    return state != NONE && accepting[state];
  }

  private record Pair(int left, int right) {}

  private Automaton product(
      Automaton other, Predicate<Pair> lives, Predicate<Pair> accepts, Effort effort, Place place) {
    List<CodePoints> both = new ArrayList<>(classes);
    both.addAll(other.classes);
    Partition partition = Partition.of(both, effort, place);
    int[] left = new int[partition.classes().size()];
    int[] right = new int[partition.classes().size()];
    Arrays.fill(left, NONE);
    Arrays.fill(right, NONE);
    for (int c = 0; c < left.length; c++) {
      for (int set : partition.members().get(c)) {
        if (set < classes.size()) {
          left[c] = set;
        } else {
          right[c] = set - classes.size();
        }
      }
    }
    return explore(
        partition.classes(),
        new Pair(START, START),
        (pair, c) -> {
          Pair to = new Pair(step(pair.left(), left[c]), other.step(pair.right(), right[c]));
          return lives.test(to) ? to : null;
        },
        accepts,
        effort,
        place);
  }

  private int step(int state, int characterClass) {
    return state == NONE || characterClass == NONE ? NONE : next[state][characterClass];
  }

  public boolean isEmpty() {
    return !accepting[START] && Arrays.stream(next[START]).allMatch(to -> to == NONE);
  }

  /** How long a text can be; absent: without bound. */
  public OptionalInt longest() {
    if (longest == null) {
      longest = searchLongest();
    }
    return longest;
  }

  private OptionalInt searchLongest() {
    int[] lengths = new int[next.length];
    int[] open = new int[next.length];
    for (int[] row : next) {
      Arrays.stream(row).filter(to -> to != NONE).forEach(to -> open[to]++);
    }
    // Each state behind all that lead to it; on a circle, none is the first.
    List<Integer> ready = new ArrayList<>();
    for (int state = 0; state < open.length; state++) {
      if (open[state] == 0) {
        ready.add(state);
      }
    }
    int found = 0;
    for (int i = 0; i < ready.size(); i++) {
      int state = ready.get(i);
      found = Math.max(found, lengths[state]);
      for (int to : next[state]) {
        if (to != NONE) {
          lengths[to] = Math.max(lengths[to], lengths[state] + 1);
          if (--open[to] == 0) {
            ready.add(to);
          }
        }
      }
    }
    return ready.size() == next.length ? OptionalInt.of(found) : OptionalInt.empty();
  }

  public boolean accepts(String text) {
    int[] characters = text.codePoints().toArray();
    int state = START;
    for (int i = 0; i < characters.length && state != NONE; i++) {
      state = step(state, classOf(characters[i]));
    }
    return state != NONE && accepting[state];
  }

  private int classOf(int character) {
    NavigableMap<Integer, Integer> begins = classBegins;
    if (begins == null) {
      begins = new TreeMap<>();
      for (int c = 0; c < classes.size(); c++) {
        for (Range range : classes.get(c).ranges()) {
          begins.put(range.first(), c);
        }
      }
      classBegins = begins;
    }
    Map.Entry<Integer, Integer> before = begins.floorEntry(character);
    return before != null && classes.get(before.getValue()).contains(character)
        ? before.getValue()
        : NONE;
  }

  /**
   * The same set as an expression: a rule for each state that can be come to in more than one way.
   *
   * @param encoding how characters are written, such as with JSON's escapes
   */
  public Expression write(
      Rules rules, Function<CodePoints, Expression> encoding, Effort effort, Place place) {
    return new AutomatonWriter(classes, next, accepting, rules, encoding, effort, place).write();
  }

  /** Without states that no text of the set goes through. */
  private Automaton trimmed() {
    boolean[] lives = living();
    int[] renamed = new int[next.length];
    int count = 0;
    for (int state = 0; state < next.length; state++) {
      renamed[state] = lives[state] || state == START ? count++ : NONE;
    }
    int[][] rows = new int[count][];
    boolean[] accepts = new boolean[count];
    for (int state = 0; state < next.length; state++) {
      if (renamed[state] != NONE) {
        rows[renamed[state]] =
            Arrays.stream(next[state])
                .map(to -> to == NONE || !lives[to] ? NONE : renamed[to])
                .toArray();
        accepts[renamed[state]] = accepting[state];
      }
    }
    return new Automaton(classes, rows, accepts);
  }

  /** From which states a text can still end. */
  private boolean[] living() {
    List<List<Integer>> before = new ArrayList<>();
    for (int state = 0; state < next.length; state++) {
      before.add(new ArrayList<>());
    }
    for (int state = 0; state < next.length; state++) {
      int from = state;
      Arrays.stream(next[state])
          .filter(to -> to != NONE)
          .distinct()
          .forEach(to -> before.get(to).add(from));
    }
    boolean[] lives = accepting.clone();
    List<Integer> open = new ArrayList<>();
    for (int state = 0; state < lives.length; state++) {
      if (lives[state]) {
        open.add(state);
      }
    }
    while (!open.isEmpty()) {
      for (int state : before.get(open.removeLast())) {
        if (!lives[state]) {
          lives[state] = true;
          open.add(state);
        }
      }
    }
    return lives;
  }
}
