package io.flinkmistral.jobs.sql;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.NearestNames;
import io.flinkmistral.table.declaration.EngineOptions;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;

/** Options that hold for all models of a session whose own do not say otherwise. */
public final class SqlOptions {
  private SqlOptions() {}

  /** Lines that say which there are. */
  public static String help() {
    return EngineOptions.all().stream()
        .map(option -> "  --%s\n".formatted(option.key()))
        .sorted()
        .collect(Collectors.joining());
  }

  /**
   * Options of a session.
   *
   * @param words {@code --key value} or {@code --key=value}
   * @throws IllegalArgumentException if one is no option, or not allowed; it says which
   */
  public static Configuration parse(List<String> words) {
    Configuration session = new Configuration();
    Iterator<String> left = words.iterator();
    while (left.hasNext()) {
      String[] parts = left.next().split("=", 2);
      String key = known(parts[0]);
      if (parts.length == 1 && !left.hasNext()) {
        throw new IllegalArgumentException("option --" + key + " has no value");
      }
      session.setString(
          EngineOptions.SESSION_PREFIX + key, parts.length == 1 ? left.next() : parts[1]);
    }
    EngineOptions.ofSession(session); // Checks them.
    return session;
  }

  private static String known(String word) {
    List<String> keys = EngineOptions.all().stream().map(ConfigOption::key).toList();
    if (!word.startsWith("--") || !keys.contains(word.substring(2))) {
      throw new IllegalArgumentException(
          "\"%s\" is no option of models%s"
              .formatted(
                  Excerpt.of(word),
                  NearestNames.question("--", word.replaceFirst("^--", ""), keys)));
    }
    return word.substring(2);
  }

  /** Words of a text, as a shell would have them without quotes. */
  public static List<String> words(String text) {
    return Stream.of(text.strip().split("\\s+")).filter(word -> !word.isEmpty()).toList();
  }
}
