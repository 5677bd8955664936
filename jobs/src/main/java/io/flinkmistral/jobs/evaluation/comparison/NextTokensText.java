package io.flinkmistral.jobs.evaluation.comparison;

import io.flinkmistral.evaluation.statistics.NextTokens;
import java.util.Locale;

/** What two models expect next, for a terminal of 80 columns. */
public final class NextTokensText {
  private static final String ROW = "%-42s %12s %12s%n";

  private NextTokensText() {}

  public static String of(NextTokens.Figures figures) {
    StringBuilder text = new StringBuilder();
    text.append("%d places of the text%n%n".formatted(figures.places()));
    text.append(ROW.formatted("", "value", "error"));
    text.append("-".repeat(68)).append('\n');
    append("perplexity of the first", figures.first(), text);
    append("perplexity of the second", figures.second(), text);
    append("log of second by first", figures.logRatio(), text);
    append("divergence (KL), mean", figures.divergence(), text);
    append("divergence, median", figures.medianDivergence(), text);
    append("divergence, 99 of 100 below", figures.highDivergence(), text);
    append("divergence, greatest", figures.mostDivergence(), text);
    append("same most probable token", figures.sameTop(), text);
    append("change of the next token's probability", figures.probabilityDifference(), text);
    append("root of the mean square of these", figures.rootMeanSquare(), text);
    return text.toString();
  }

  private static void append(String name, NextTokens.Estimate estimate, StringBuilder text) {
    text.append(ROW.formatted(name, number(estimate.value()), number(estimate.error())));
  }

  private static void append(String name, double value, StringBuilder text) {
    text.append(ROW.formatted(name, number(value), "").stripTrailing()).append('\n');
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }
}
