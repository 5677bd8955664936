package io.flinkmistral.jobs.evaluation.comparison;

import io.flinkmistral.evaluation.statistics.Bootstrap;
import io.flinkmistral.evaluation.statistics.McNemar;
import io.flinkmistral.evaluation.statistics.Tally;
import io.flinkmistral.jobs.evaluation.report.Report;
import io.flinkmistral.jobs.evaluation.report.Tallies;
import io.flinkmistral.jobs.json.QuestionResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Two runs over the same questions.
 *
 * @param first figures of the first run, over the questions that both have
 * @param second figures of the second run, over the same
 * @param onlyFirst how many questions the first run alone has
 * @param onlySecond how many questions the second run alone has
 * @param pairs of each group and metric the questions' differences, groups in their order
 * @param changed questions whose answers differ
 */
public record Comparison(
    Report first,
    Report second,
    long onlyFirst,
    long onlySecond,
    List<Pair> pairs,
    List<Changed> changed) {
  private static final long SEED = 20231010;

  /**
   * A group's metric in both runs.
   *
   * @param questions how many
   * @param sameAnswer share of questions with the same answer
   * @param difference the second's value less the first's
   * @param interval in which 95 of a hundred such differences lie
   * @param test of questions that one alone has right
   */
  public record Pair(
      String group,
      String metric,
      long questions,
      double first,
      double second,
      double sameAnswer,
      double difference,
      Bootstrap interval,
      McNemar test) {}

  /** A question and its two answers. */
  public record Changed(QuestionKey question, QuestionResult first, QuestionResult second) {
    /** The metric that tells right from wrong. */
    Optional<Double> right(QuestionResult result) {
      return result.metrics().values().stream().findFirst();
    }
  }

  /** Compares results by their questions. */
  public static Comparison of(
      SortedMap<QuestionKey, QuestionResult> first, SortedMap<QuestionKey, QuestionResult> second) {
    Tallies ofFirst = new Tallies();
    Tallies ofSecond = new Tallies();
    SortedMap<String, List<Changed>> groups = new TreeMap<>();
    List<Changed> changed = new ArrayList<>();
    first.forEach(
        (question, result) -> {
          QuestionResult other = second.get(question);
          if (other != null) {
            ofFirst.add(result);
            ofSecond.add(other);
            Changed both = new Changed(question, result, other);
            groups.computeIfAbsent(group(question), _ -> new ArrayList<>()).add(both);
            if (!result.answer().equals(other.answer())) {
              changed.add(both);
            }
          }
        });
    List<Pair> pairs = new ArrayList<>();
    groups.forEach((group, questions) -> pairs.addAll(pairs(group, questions)));
    long both = groups.values().stream().mapToLong(List::size).sum();
    return new Comparison(
        Report.of(model(first), ofFirst),
        Report.of(model(second), ofSecond),
        first.size() - both,
        second.size() - both,
        List.copyOf(pairs),
        List.copyOf(changed));
  }

  /** Parts are counted with what they are parts of. */
  private static String group(QuestionKey question) {
    return question.group().replaceFirst("/.*", "");
  }

  private static String model(Map<QuestionKey, QuestionResult> results) {
    return results.values().stream().map(QuestionResult::model).findFirst().orElse("");
  }

  private static List<Pair> pairs(String group, List<Changed> questions) {
    SortedMap<String, List<Changed>> byMetric = new TreeMap<>();
    for (Changed question : questions) {
      for (String metric : question.first().metrics().keySet()) {
        if (!Report.isOfTexts(metric) && question.second().metrics().containsKey(metric)) {
          byMetric.computeIfAbsent(metric, _ -> new ArrayList<>()).add(question);
        }
      }
    }
    List<Pair> pairs = new ArrayList<>();
    byMetric.forEach((metric, of) -> pairs.add(pair(group, metric, of)));
    return pairs;
  }

  private static Pair pair(String group, String metric, List<Changed> questions) {
    Tally first = Tally.NONE;
    Tally second = Tally.NONE;
    Tally same = Tally.NONE;
    double[] differences = new double[questions.size()];
    long lost = 0;
    long won = 0;
    for (int i = 0; i < differences.length; i++) {
      Changed question = questions.get(i);
      double one = question.first().metrics().get(metric);
      double other = question.second().metrics().get(metric);
      first = first.plus(one);
      second = second.plus(other);
      same = same.plus(question.first().answer().equals(question.second().answer()) ? 1 : 0);
      differences[i] = other - one;
      lost += one > other ? 1 : 0;
      won += other > one ? 1 : 0;
    }
    return new Pair(
        group,
        metric,
        questions.size(),
        first.mean(),
        second.mean(),
        same.mean(),
        second.mean() - first.mean(),
        Bootstrap.ofMean(differences, SEED),
        new McNemar(lost, won));
  }
}
