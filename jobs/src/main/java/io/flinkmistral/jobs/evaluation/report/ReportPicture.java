package io.flinkmistral.jobs.evaluation.report;

import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import java.util.Locale;

/**
 * A report as a picture (SVG): each group's share as a bar, with a line of two standard errors to
 * both sides, and marks where the models of the announcement stand.
 */
public final class ReportPicture {
  private static final int WIDTH = 960;
  private static final int LEFT = 210;
  private static final int RIGHT = 180;
  private static final int TOP = 92;
  private static final int ROW = 30;
  private static final int BAR = 16;

  /** More rows than this are too many for one picture: parts of groups are left out. */
  private static final int MOST_ROWS = 40;

  private static final int ERRORS = 2;
  private static final int NAME = 26;
  private static final String BAR_COLOUR = "#4c78a8";
  private static final List<String> COLOURS = List.of("#e45756", "#222222", "#888888", "#54a24b");

  private final StringBuilder svg = new StringBuilder();

  private ReportPicture() {}

  public static String of(Report report) {
    return new ReportPicture().draw(report);
  }

  private String draw(Report report) {
    List<Report.Group> all =
        report.groups().stream().filter(group -> group.main().isPresent()).toList();
    List<Report.Group> shown =
        all.size() <= MOST_ROWS ? all : all.stream().filter(group -> !group.isPart()).toList();
    int bottom = TOP + Math.max(1, shown.size()) * ROW;
    boolean announced = shown.stream().anyMatch(group -> group.benchmark().isPresent());
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"13\">",
        WIDTH, bottom + 50, WIDTH, bottom + 50);
    add("<rect width=\"%d\" height=\"%d\" fill=\"white\"/>", WIDTH, bottom + 50);
    text(16, 28, "start", "font-size=\"17\" font-weight=\"bold\"", Excerpt.of(report.model()));
    text(16, 48, "start", "fill=\"#555555\"", "%d questions".formatted(report.questions()));
    legend(announced);
    scale(bottom);
    for (int i = 0; i < shown.size(); i++) {
      row(shown.get(i), TOP + i * ROW);
    }
    add("</svg>");
    return svg.toString();
  }

  private void legend(boolean announced) {
    int x = LEFT;
    add("<rect x=\"%d\" y=\"62\" width=\"16\" height=\"12\" fill=\"%s\"/>", x, BAR_COLOUR);
    text(x + 22, 73, "start", "", "this model, and %d standard errors".formatted(ERRORS));
    x += 250;
    if (announced) {
      for (Announcement model : Announcement.values()) {
        mark(model, x, 68);
        text(x + 10, 73, "start", "", model.model());
        x += 108;
      }
    }
  }

  private void scale(int bottom) {
    for (int share = 0; share <= 100; share += 10) {
      int x = x(share);
      add(
          "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"#dddddd\"/>",
          x, TOP - 4, x, bottom);
      text(x, bottom + 18, "middle", "fill=\"#555555\"", String.valueOf(share));
    }
    text(x(50), bottom + 38, "middle", "fill=\"#555555\"", "of a hundred");
  }

  private void row(Report.Group group, int top) {
    Report.Figure figure = group.main().orElseThrow();
    int middle = top + ROW / 2;
    String name = group.isPart() ? group.shortName() : group.name();
    text(
        LEFT - 10,
        middle + 4,
        "end",
        group.isPart() ? "fill=\"#555555\"" : "",
        name.length() <= NAME ? name : name.substring(0, NAME - 3) + "...");
    double share = figure.value() * 100;
    add(
        "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"%s/>",
        LEFT,
        middle - BAR / 2,
        x(share) - LEFT,
        BAR,
        BAR_COLOUR,
        group.isPart() ? " opacity=\"0.5\"" : "");
    if (!Double.isNaN(figure.error())) {
      double error = figure.error() * 100 * ERRORS;
      add(
          "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" stroke=\"black\" stroke-width=\"2\"/>",
          x(Math.max(0, share - error)), middle, x(Math.min(100, share + error)), middle);
    }
    group
        .benchmark()
        .ifPresent(
            benchmark -> {
              for (Announcement model : Announcement.values()) {
                model.figure(benchmark).ifPresent(value -> mark(model, x(value), middle));
              }
            });
    String value = String.format(Locale.ROOT, "%.1f", share);
    text(
        WIDTH - RIGHT + 12,
        middle + 4,
        "start",
        "",
        "%s %s".formatted(value, Excerpt.of(figure.metric())));
  }

  /** A diamond, so that it is not taken for a bar's end. */
  private void mark(Announcement model, int x, int y) {
    add(
        "<path d=\"M%d %d l6 6 l-6 6 l-6 -6 z\" fill=\"%s\" stroke=\"white\"/>",
        x, y - 6, COLOURS.get(model.ordinal()));
  }

  private static int x(double share) {
    return (int) Math.round(LEFT + share / 100 * (WIDTH - LEFT - RIGHT));
  }

  private void text(int x, int y, String anchor, String style, String text) {
    add(
        "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" %s>%s</text>",
        x, y, anchor, style, escaped(text));
  }

  private static String escaped(String text) {
    return Excerpt.of(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
