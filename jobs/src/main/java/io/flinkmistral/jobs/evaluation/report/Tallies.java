package io.flinkmistral.jobs.evaluation.report;

import io.flinkmistral.evaluation.statistics.Tally;
import io.flinkmistral.jobs.json.QuestionResult;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Metrics that were added up, by group, and dead letters, by what was wrong with them. */
public final class Tallies {
  /** The metric that each question has. */
  static final String QUESTIONS = "questions";

  private static final char BETWEEN = '\t';

  private final SortedMap<String, SortedMap<String, Tally>> metrics = new TreeMap<>();
  private final SortedMap<String, Long> letters = new TreeMap<>();

  /** Takes a result. */
  public void add(QuestionResult result) {
    add(result.group(), QUESTIONS, Tally.NONE.plus(1));
    result
        .metrics()
        .forEach((metric, value) -> add(result.group(), metric, Tally.NONE.plus(value)));
  }

  /** Takes a question that became a dead letter. */
  public void addLetter(String code) {
    letters.merge(code, 1L, Long::sum);
  }

  /** Takes all of another. */
  public void add(Tallies other) {
    other.metrics.forEach(
        (group, byMetric) -> byMetric.forEach((metric, tally) -> add(group, metric, tally)));
    other.letters.forEach((code, count) -> letters.merge(code, count, Long::sum));
  }

  private void add(String group, String metric, Tally tally) {
    metrics.computeIfAbsent(group, _ -> new TreeMap<>()).merge(metric, tally, Tally::plus);
  }

  /** Of each group its metrics, by their names. */
  public SortedMap<String, SortedMap<String, Tally>> metrics() {
    return Collections.unmodifiableSortedMap(metrics);
  }

  /** How many dead letters of each code. */
  public SortedMap<String, Long> letters() {
    return Collections.unmodifiableSortedMap(letters);
  }

  /** All of it in arrays, for who keeps it. */
  public Map<String, double[]> toArrays() {
    Map<String, double[]> arrays = new HashMap<>();
    metrics.forEach(
        (group, byMetric) ->
            byMetric.forEach(
                (metric, tally) ->
                    arrays.put(
                        metric + BETWEEN + group,
                        new double[] {tally.count(), tally.sum(), tally.squares()})));
    letters.forEach((code, count) -> arrays.put(BETWEEN + code, new double[] {count}));
    return arrays;
  }

  /** The same again. */
  public static Tallies ofArrays(Map<String, double[]> arrays) {
    Tallies tallies = new Tallies();
    arrays.forEach(
        (key, values) -> {
          int between = key.indexOf(BETWEEN);
          String rest = key.substring(between + 1);
          if (between == 0) {
            tallies.letters.put(rest, (long) values[0]);
          } else {
            tallies.add(
                rest, key.substring(0, between), new Tally((long) values[0], values[1], values[2]));
          }
        });
    return tallies;
  }
}
