package io.flinkmistral.jobs.evaluation.report;

import io.flinkmistral.evaluation.Outcome;
import io.flinkmistral.evaluation.statistics.Tally;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Figures of texts whose likelihood was asked for: of all texts together, by their lengths. */
final class TextFigures {
  private static final Set<String> METRICS =
      Set.of(Outcome.LOG_LIKELIHOOD, Outcome.TOKENS, Outcome.WORDS, Outcome.BYTES);

  private TextFigures() {}

  static boolean isOfTexts(String metric) {
    return METRICS.contains(metric);
  }

  /** None where there are no texts. */
  static List<Report.Figure> of(Map<String, List<Tally>> metrics) {
    if (!metrics.keySet().containsAll(METRICS)) {
      return List.of();
    }
    double log = sum(metrics, Outcome.LOG_LIKELIHOOD);
    double perByte = log / sum(metrics, Outcome.BYTES);
    return List.of(
        figure("perplexity", StrictMath.exp(-log / sum(metrics, Outcome.TOKENS))),
        figure("word_perplexity", StrictMath.exp(-log / sum(metrics, Outcome.WORDS))),
        figure("byte_perplexity", StrictMath.exp(-perByte)),
        figure("bits_per_byte", -perByte / StrictMath.log(2)));
  }

  private static double sum(Map<String, List<Tally>> metrics, String metric) {
    return metrics.get(metric).stream().mapToDouble(Tally::sum).sum();
  }

  private static Report.Figure figure(String metric, double value) {
    return new Report.Figure(metric, value, Double.NaN, false);
  }
}
