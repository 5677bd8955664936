package io.flinkmistral.jobs.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What has come out so far, as lines of a terminal of 80 columns. */
final class LabelTable {
  private static final int WIDTH = 80;
  private static final int BAR = 40;
  private static final String OF_ERRORS = "(no label)";

  private final int all;
  private final Map<String, Integer> records = new TreeMap<>();
  private int count;
  private String last = "";

  /**
   * @param all records that there are
   */
  LabelTable(int all) {
    this.all = all;
  }

  void add(String text, String label) {
    count++;
    String known = label.isEmpty() ? OF_ERRORS : label;
    records.merge(known, 1, Integer::sum);
    last = "%s -> %s".formatted(text, known);
  }

  /** The table; as many lines each time as there are labels, and three more. */
  List<String> lines(double seconds) {
    List<String> lines = new ArrayList<>();
    lines.add(summary(seconds));
    records.forEach(
        (label, of) ->
            lines.add("%-14s %8d  %s".formatted(cut(label, 14), of, "#".repeat(of * BAR / count))));
    lines.add("last: " + last);
    return lines.stream().map(line -> cut(TerminalText.plain(line), WIDTH)).toList();
  }

  /** It in one line. */
  String summary(double seconds) {
    return "%d of %d records, %.1f a second, %s"
        .formatted(count, all, seconds == 0 ? 0 : count / seconds, records);
  }

  private static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "~";
  }
}
