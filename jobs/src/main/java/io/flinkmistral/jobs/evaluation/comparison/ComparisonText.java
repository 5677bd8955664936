package io.flinkmistral.jobs.evaluation.comparison;

import io.flinkmistral.jobs.evaluation.report.Report;
import io.flinkmistral.jobs.json.QuestionResult;
import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import java.util.Locale;

/** Two runs side by side, for a terminal of 80 columns. Shares are of a hundred. */
public final class ComparisonText {
  private static final int WIDTH = 80;

  /** Changed answers that are shown. */
  private static final int MOST_CHANGED = 20;

  private static final int NAME = 19;
  private static final int METRIC = 16;
  private static final int ANSWER = 18;
  private static final String VALUES = "%-19s %-16s %6s %7s %7s %7s %12s%n";
  private static final String CHANGES = "%-19s %-16s %11s %9s %9s %11s%n";

  private ComparisonText() {}

  public static String of(Comparison comparison) {
    StringBuilder text = new StringBuilder();
    text.append("first      ").append(comparison.first().model()).append('\n');
    text.append("second     ").append(comparison.second().model()).append('\n');
    text.append(
        "questions  %d in both, %d in the first alone, %d in the second alone%n%n"
            .formatted(
                comparison.first().questions(), comparison.onlyFirst(), comparison.onlySecond()));
    text.append(VALUES.formatted("group", "metric", "n", "first", "second", "change", "95 of 100"));
    text.append("-".repeat(WIDTH)).append('\n');
    for (Comparison.Pair pair : comparison.pairs()) {
      text.append(
          VALUES.formatted(
              cut(pair.group(), NAME),
              cut(pair.metric(), METRIC),
              pair.questions(),
              number("%.2f", pair.first() * 100),
              number("%.2f", pair.second() * 100),
              number("%+.2f", pair.difference() * 100),
              number("%+.1f", pair.interval().low() * 100)
                  + number(" %+.1f", pair.interval().high() * 100)));
    }
    texts(comparison, text);
    changes(comparison.pairs(), text);
    answers(comparison.changed(), text);
    return text.toString().replaceAll(" +\n", "\n");
  }

  /** Of texts, whose figures are no means of questions. */
  private static void texts(Comparison comparison, StringBuilder text) {
    for (int i = 0; i < comparison.first().groups().size(); i++) {
      Report.Group first = comparison.first().groups().get(i);
      Report.Group second = comparison.second().groups().get(i);
      for (Report.Figure figure : first.figures().values()) {
        Report.Figure other = second.figures().get(figure.metric());
        if (!figure.isShare() && other != null) {
          text.append(
              VALUES.formatted(
                  cut(first.name(), NAME),
                  figure.metric(),
                  first.questions(),
                  number("%.4f", figure.value()),
                  number("%.4f", other.value()),
                  number("%+.4f", other.value() - figure.value()),
                  ""));
        }
      }
    }
  }

  private static void changes(List<Comparison.Pair> pairs, StringBuilder text) {
    if (pairs.isEmpty()) {
      return;
    }
    text.append('\n')
        .append(CHANGES.formatted("group", "metric", "same answer", "lost", "won", "probability"));
    text.append("-".repeat(WIDTH)).append('\n');
    for (Comparison.Pair pair : pairs) {
      text.append(
          CHANGES.formatted(
              cut(pair.group(), NAME),
              cut(pair.metric(), METRIC),
              number("%.2f", pair.sameAnswer() * 100),
              pair.test().lost(),
              pair.test().won(),
              number("%.4f", pair.test().probability())));
    }
    text.append(
        """

        95 of 100: where the change lies, by drawing the questions again (bootstrap).
        probability: of so many changes to one side by chance alone (McNemar, exact).
        """);
  }

  private static void answers(List<Comparison.Changed> changed, StringBuilder text) {
    if (changed.isEmpty()) {
      return;
    }
    text.append("%n%d answers have changed%n".formatted(changed.size()));
    text.append("-".repeat(WIDTH)).append('\n');
    for (Comparison.Changed one : changed.subList(0, Math.min(MOST_CHANGED, changed.size()))) {
      text.append(
          "%-36s  %-20s  %-20s%n"
              .formatted(
                  cut("%s %s".formatted(one.question().group(), one.question().id()), 36),
                  answer(one, one.first()),
                  answer(one, one.second())));
    }
    if (changed.size() > MOST_CHANGED) {
      text.append("... and %d more%n".formatted(changed.size() - MOST_CHANGED));
    }
  }

  private static String answer(Comparison.Changed one, QuestionResult result) {
    String mark = one.right(result).map(right -> right > 0 ? "+ " : "- ").orElse("  ");
    return mark + cut(result.answer(), ANSWER);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String cut(String text, int most) {
    String shown = Excerpt.of(text);
    return shown.length() <= most ? shown : shown.substring(0, most - 3) + "...";
  }
}
