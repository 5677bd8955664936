package io.flinkmistral.jobs.options;

import io.flinkmistral.operator.options.CheckedOptions;
import io.flinkmistral.operator.options.MistralOptions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.description.HtmlFormatter;
import org.apache.flink.util.TimeUtils;

/**
 * All options of a job, by key: the one list that arguments, help and README come from. Without
 * holders named, those of the chat job.
 */
public final class OptionTable {
  private static final int HELP_WIDTH = 80;
  private static final String HELP_INDENT = " ".repeat(6);

  private static final List<CheckedOptions> HOLDERS =
      List.of(ChatJobOptions.CHECKED, ModerationOptions.CHECKED, MistralOptions.CHECKED);

  private OptionTable() {}

  public static List<ConfigOption<?>> options() {
    return options(HOLDERS);
  }

  static List<ConfigOption<?>> options(List<CheckedOptions> holders) {
    return holders.stream()
        .<ConfigOption<?>>flatMap(holder -> holder.options().stream())
        .sorted(Comparator.comparing(ConfigOption::key))
        .toList();
  }

  /** The table as it stands in the README. */
  public static String markdown() {
    return markdown(HOLDERS);
  }

  /** The table of other options. */
  public static String markdown(List<CheckedOptions> holders) {
    return options(holders).stream()
        .map(
            o ->
                "| `%s` | %s | %s | %s |\n"
                    .formatted(
                        placeholder(o), markdownDefault(o), allowed(holders, o), description(o)))
        .collect(
            Collectors.joining(
                "", "| option | default | allowed | meaning |\n|---|---|---|---|\n", ""));
  }

  /** The table as a terminal shows it. */
  public static String help() {
    return help(HOLDERS);
  }

  /** That of other options. */
  public static String help(List<CheckedOptions> holders) {
    return options(holders).stream()
        .map(
            o ->
                "  --%s%s\n%s\n"
                    .formatted(
                        placeholder(o),
                        helpDefault(o),
                        wrap(description(o) + " Allowed: " + allowed(holders, o) + ".")))
        .collect(Collectors.joining());
  }

  /** What an option allows, in words. */
  private static String allowed(List<CheckedOptions> holders, ConfigOption<?> option) {
    return holders.stream()
        .filter(holder -> holder.options().contains(option))
        .map(holder -> holder.words(option))
        .findFirst()
        .orElseThrow();
  }

  private static String placeholder(ConfigOption<?> option) {
    return isPrefix(option) ? option.key() + ".*" : option.key();
  }

  static boolean isPrefix(ConfigOption<?> option) {
    return option.defaultValue() instanceof Map;
  }

  private static String markdownDefault(ConfigOption<?> option) {
    String text = defaultText(option);
    return text.isEmpty() ? "" : "`" + text + "`";
  }

  private static String helpDefault(ConfigOption<?> option) {
    String text = defaultText(option);
    return text.isEmpty() ? "" : " (" + text + ")";
  }

  static String defaultText(ConfigOption<?> option) {
    Object value = option.defaultValue();
    if (value == null || isPrefix(option) || value.equals(List.of())) {
      return "";
    }
    return switch (value) {
      case Duration duration -> TimeUtils.formatWithHighestUnit(duration);
      case Enum<?> word -> word.name().toLowerCase(Locale.ROOT);
      default -> value.toString();
    };
  }

  private static String description(ConfigOption<?> option) {
    return new HtmlFormatter().format(option.description());
  }

  private static String wrap(String text) {
    StringBuilder lines = new StringBuilder();
    int column = HELP_WIDTH;
    for (String word : text.split(" ")) {
      if (column + 1 + word.length() > HELP_WIDTH) {
        lines.append(lines.isEmpty() ? "" : "\n").append(HELP_INDENT).append(word);
        column = HELP_INDENT.length() + word.length();
      } else {
        lines.append(' ').append(word);
        column += 1 + word.length();
      }
    }
    return lines.toString();
  }
}
