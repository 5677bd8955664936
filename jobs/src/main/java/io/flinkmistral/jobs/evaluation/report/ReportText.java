package io.flinkmistral.jobs.evaluation.report;

import io.flinkmistral.jobs.evaluation.benchmark.Benchmark;
import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A report for a terminal of 80 columns. Shares are of a hundred. */
public final class ReportText {
  private static final int WIDTH = 80;
  private static final int NAME = 30;
  private static final String ROW = "%-30s  %-18s %9s %9s %8s%n";

  private ReportText() {}

  public static String of(Report report) {
    StringBuilder text = new StringBuilder();
    text.append("model      ").append(cut(report.model(), WIDTH - 11)).append('\n');
    text.append("questions  %d%s%n%n".formatted(report.questions(), letters(report)));
    text.append(ROW.formatted("group", "metric", "questions", "value", "error"));
    text.append("-".repeat(WIDTH)).append('\n');
    report.groups().forEach(group -> append(group, text));
    if (report.groups().stream().anyMatch(group -> group.benchmark().isPresent())) {
      append(report, text);
    }
    return text.toString().replaceAll(" +\n", "\n");
  }

  private static String letters(Report report) {
    if (report.letters().isEmpty()) {
      return "";
    }
    return report.letters().entrySet().stream()
        .map(letter -> "%d %s".formatted(letter.getValue(), letter.getKey()))
        .collect(Collectors.joining(", ", "; without an answer: ", ""));
  }

  private static void append(Report.Group group, StringBuilder text) {
    String name = cut(group.isPart() ? "  " + group.shortName() : group.name(), NAME);
    String questions = String.valueOf(group.questions());
    for (Report.Figure figure : group.figures().values()) {
      text.append(
          ROW.formatted(
              name,
              cut(figure.metric(), 18),
              questions,
              number(figure, figure.value()),
              number(figure, figure.error())));
      name = "";
      questions = "";
    }
  }

  private static String number(Report.Figure figure, double value) {
    if (Double.isNaN(value)) {
      return "";
    }
    return figure.isShare()
        ? String.format(Locale.ROOT, "%.2f", value * 100)
        : String.format(Locale.ROOT, "%.4f", value);
  }

  private static void append(Report report, StringBuilder text) {
    Map<Benchmark, Report.Group> own =
        report.groups().stream()
            .filter(group -> group.benchmark().isPresent())
            .collect(
                Collectors.toMap(group -> group.benchmark().orElseThrow(), Function.identity()));
    text.append("\nnext to the announcement of Mistral 7B\n\n");
    text.append("%-10s %-13s".formatted("", "this model"));
    for (Announcement model : Announcement.values()) {
      text.append(" %13s".formatted(model.model()));
    }
    text.append('\n').append("-".repeat(WIDTH)).append('\n');
    for (String column : Announcement.BENCHMARKS) {
      Optional<Report.Figure> figure =
          Announcement.benchmark(column).map(own::get).flatMap(Report.Group::main);
      text.append("%-10s %-13s".formatted(column, figure.map(ReportText::share).orElse("")));
      for (Announcement model : List.of(Announcement.values())) {
        text.append(" %13s".formatted(String.format(Locale.ROOT, "%.1f", model.figure(column))));
      }
      text.append('\n');
    }
  }

  private static String share(Report.Figure figure) {
    String error =
        Double.isNaN(figure.error())
            ? ""
            : String.format(Locale.ROOT, " +- %.1f", figure.error() * 100);
    return String.format(Locale.ROOT, "%.1f", figure.value() * 100) + error;
  }

  private static String cut(String text, int most) {
    String shown = Excerpt.of(text);
    return shown.length() <= most ? shown : shown.substring(0, most - 3) + "...";
  }
}
