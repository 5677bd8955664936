package io.flinkmistral.constraint.regex;

import io.flinkmistral.constraint.CodePoints;
import io.flinkmistral.constraint.Effort;
import io.flinkmistral.constraint.Place;
import io.flinkmistral.constraint.regex.Regex.Alternation;
import io.flinkmistral.constraint.regex.Regex.Begin;
import io.flinkmistral.constraint.regex.Regex.Characters;
import io.flinkmistral.constraint.regex.Regex.Concatenation;
import io.flinkmistral.constraint.regex.Regex.End;
import io.flinkmistral.constraint.regex.Regex.Repeated;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A regular expression as states with steps between them, some of which take no character
 * (Thompson's construction). A step at an anchor is open only where the text begins or ends.
 */
final class Nfa {
  static final int MAX_STATES = 16_000;

  enum Condition {
    NONE,
    AT_BEGIN,
    AT_END
  }

  record Step(int to, Condition condition) {}

  /** By a character of a set. */
  record Reading(int set, int to) {}

  private final List<List<Step>> steps = new ArrayList<>();
  private final List<Reading> readings = new ArrayList<>();
  private final List<CodePoints> sets = new ArrayList<>();
  private final Map<CodePoints, Integer> setNumbers = new HashMap<>();
  private final Effort effort;
  private final Place place;
  private final int start;
  private final int accept;
  private int universal = -1;

  private Nfa(Regex regex, boolean anywhere, Effort effort, Place place) {
    this.effort = effort;
    this.place = place;
    this.start = state();
    int from = anywhere ? any(start) : start;
    int end = compile(regex, from);
    if (anywhere) {
      end = any(end);
      universal = end;
    }
    this.accept = end;
  }

  /** Texts that match from begin to end. */
  static Nfa whole(Regex regex, Effort effort, Place place) {
    return new Nfa(regex, false, effort, place);
  }

  /** Texts with a part that matches. */
  static Nfa anywhere(Regex regex, Effort effort, Place place) {
    return new Nfa(regex, true, effort, place);
  }

  private int state() {
    if (steps.size() >= MAX_STATES) {
      throw place.refused(
          "the pattern needs more than %,d states; make its repetitions fewer"
              .formatted(MAX_STATES));
    }
    effort.spend(1, place);
    steps.add(new ArrayList<>());
    readings.add(null);
    return steps.size() - 1;
  }

  private void link(int from, int to) {
    steps.get(from).add(new Step(to, Condition.NONE));
  }

  private int any(int from) {
    int loop = state();
    link(from, loop);
    readings.set(loop, new Reading(set(CodePoints.ALL), loop));
    return loop;
  }

  private int set(CodePoints characters) {
    effort.spend(1 + characters.ranges().size() / 8, place);
    return setNumbers.computeIfAbsent(
        characters,
        _ -> {
          sets.add(characters);
          return sets.size() - 1;
        });
  }

  /** Its state behind the expression. */
  private int compile(Regex regex, int from) {
    return switch (regex) {
      case Characters characters -> {
        int read = state();
        int to = state();
        link(from, read);
        readings.set(read, new Reading(set(characters.oneOf()), to));
        yield to;
      }
      case Begin _ -> conditional(from, Condition.AT_BEGIN);
      case End _ -> conditional(from, Condition.AT_END);
      case Concatenation concatenation -> {
        int at = from;
        for (Regex part : concatenation.parts()) {
          at = compile(part, at);
        }
        yield at;
      }
      case Alternation alternation -> {
        int end = state();
        for (Regex option : alternation.options()) {
          int begin = state();
          link(from, begin);
          link(compile(option, begin), end);
        }
        yield end;
      }
      case Repeated repeated -> repeat(repeated, from);
    };
  }

  private int conditional(int from, Condition condition) {
    int to = state();
    steps.get(from).add(new Step(to, condition));
    return to;
  }

  /**
   * Each time gets states of its own, also where it takes no character: their number is bounded.
   */
  private int repeat(Repeated repeated, int from) {
    int at = from;
    for (int i = 0; i < repeated.least(); i++) {
      at = compile(repeated.what(), fresh(at));
    }
    int end = state();
    if (repeated.most() == Repeated.UNBOUNDED) {
      int loop = fresh(at);
      link(compile(repeated.what(), fresh(loop)), loop);
      link(loop, end);
      return end;
    }
    for (int i = repeated.least(); i < repeated.most(); i++) {
      link(at, end);
      at = compile(repeated.what(), fresh(at));
    }
    link(at, end);
    return end;
  }

  private int fresh(int from) {
    int to = state();
    link(from, to);
    return to;
  }

  int start() {
    return start;
  }

  List<CodePoints> sets() {
    return sets;
  }

  Reading reading(int state) {
    return readings.get(state);
  }

  /** Adds to {@code reached} what can be come to from {@code from} without a character. */
  void close(int from, boolean atBegin, boolean atEnd, BitSet reached) {
    List<Integer> open = new ArrayList<>(List.of(from));
    while (!open.isEmpty()) {
      int state = open.removeLast();
      if (!reached.get(state)) {
        reached.set(state);
        effort.spend(1 + steps.get(state).size(), place);
        for (Step step : steps.get(state)) {
          if (isOpen(step.condition(), atBegin, atEnd)) {
            open.add(step.to());
          }
        }
      }
    }
  }

  private static boolean isOpen(Condition condition, boolean atBegin, boolean atEnd) {
    return switch (condition) {
      case NONE -> true;
      case AT_BEGIN -> atBegin;
      case AT_END -> atEnd;
    };
  }

  /** Whether the text may end in this set of states. */
  boolean acceptsAtEnd(BitSet states, boolean atBegin) {
    BitSet reached = new BitSet();
    states.stream().forEach(state -> close(state, atBegin, true, reached));
    return reached.get(accept);
  }

  /** Only states that matter for what comes: those that read, and all that lead to an end. */
  BitSet lasting(BitSet states) {
    if (universal >= 0 && states.get(universal)) {
      BitSet all = new BitSet();
      all.set(universal);
      return all;
    }
    BitSet lasting = new BitSet();
    states.stream()
        .filter(state -> readings.get(state) != null || state == accept || waitsForEnd(state))
        .forEach(lasting::set);
    return lasting;
  }

  private boolean waitsForEnd(int state) {
    return steps.get(state).stream().anyMatch(step -> step.condition() == Condition.AT_END);
  }
}
