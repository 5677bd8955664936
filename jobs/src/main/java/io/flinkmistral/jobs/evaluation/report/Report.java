package io.flinkmistral.jobs.evaluation.report;

import io.flinkmistral.evaluation.AnswerMatch;
import io.flinkmistral.evaluation.Outcome;
import io.flinkmistral.evaluation.statistics.Tally;
import io.flinkmistral.jobs.evaluation.benchmark.Benchmark;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Figures of all groups.
 *
 * @param model what has answered
 * @param groups in their order, each before its parts
 * @param letters dead letters, by their codes
 */
public record Report(String model, List<Group> groups, SortedMap<String, Long> letters) {
  private static final char PART = '/';

  /**
   * A group, or a part of one.
   *
   * @param name as questions have it
   * @param questions how many
   * @param figures by the names of their metrics
   */
  public record Group(String name, long questions, Map<String, Figure> figures) {
    boolean isPart() {
      return name.indexOf(PART) >= 0;
    }

    /** Without the name of what it is a part of. */
    String shortName() {
      return name.substring(name.indexOf(PART) + 1);
    }

    /** The benchmark of the announcement that it is. */
    Optional<Benchmark> benchmark() {
      return Benchmark.words().contains(name) ? Optional.of(Benchmark.of(name)) : Optional.empty();
    }

    /** The figure that says the most of it; none of texts alone. */
    Optional<Figure> main() {
      List<String> metrics =
          List.of(
              benchmark().map(Benchmark::metric).orElse(Outcome.ACC),
              Outcome.ACC,
              AnswerMatch.EXACT_MATCH);
      return metrics.stream()
          .filter(figures::containsKey)
          .findFirst()
          .or(() -> figures.keySet().stream().findFirst())
          .map(figures::get)
          .filter(Figure::isShare);
    }
  }

  /**
   * A number.
   *
   * @param error its standard error; NaN where there is none
   * @param isShare whether it is from 0 to 1
   */
  public record Figure(String metric, double value, double error, boolean isShare) {}

  /**
   * Figures of what was added up. A group with parts has that of all its questions, and the
   * standard error that is pooled of its parts' variances.
   *
   * @param model what has answered
   */
  public static Report of(String model, Tallies tallies) {
    SortedMap<String, List<SortedMap<String, Tally>>> parts = new TreeMap<>();
    tallies
        .metrics()
        .forEach(
            (name, metrics) -> {
              parts.computeIfAbsent(name, _ -> new ArrayList<>()).add(metrics);
              int part = name.indexOf(PART);
              if (part > 0) {
                parts.computeIfAbsent(name.substring(0, part), _ -> new ArrayList<>()).add(metrics);
              }
            });
    List<Group> groups = new ArrayList<>();
    parts.forEach((name, metrics) -> groups.add(group(name, metrics)));
    return new Report(model, List.copyOf(groups), new TreeMap<>(tallies.letters()));
  }

  private static Group group(String name, List<SortedMap<String, Tally>> parts) {
    SortedMap<String, List<Tally>> byMetric = new TreeMap<>();
    for (SortedMap<String, Tally> part : parts) {
      part.forEach(
          (metric, tally) -> byMetric.computeIfAbsent(metric, _ -> new ArrayList<>()).add(tally));
    }
    long questions = 0;
    Map<String, Figure> figures = new LinkedHashMap<>();
    for (Map.Entry<String, List<Tally>> metric : byMetric.entrySet()) {
      List<Tally> tallies = metric.getValue();
      Tally all = tallies.stream().reduce(Tally.NONE, Tally::plus);
      if (metric.getKey().equals(Tallies.QUESTIONS)) {
        questions = all.count();
      } else if (!TextFigures.isOfTexts(metric.getKey())) {
        double error =
            tallies.size() == 1 ? all.standardError() : Tally.pooledStandardError(tallies);
        figures.put(metric.getKey(), new Figure(metric.getKey(), all.mean(), error, true));
      }
    }
    TextFigures.of(byMetric).forEach(figure -> figures.put(figure.metric(), figure));
    return new Group(name, questions, figures);
  }

  /** Whether a metric is of a text, and no share. */
  public static boolean isOfTexts(String metric) {
    return TextFigures.isOfTexts(metric);
  }

  /** Of all groups that are not parts of others. */
  public long questions() {
    return groups.stream().filter(group -> !group.isPart()).mapToLong(Group::questions).sum();
  }
}
