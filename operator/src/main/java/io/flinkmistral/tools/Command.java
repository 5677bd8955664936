package io.flinkmistral.tools;

import io.flinkmistral.protocol.Excerpt;
import io.flinkmistral.protocol.NearestNames;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A command that Maven runs, {@code mvn -q -Pname}, and the settings that it takes with {@code -D}.
 * Maven itself takes any, and passes over those that nobody knows.
 *
 * @param name of its profile
 * @param purpose what it does, in a line or more
 * @param settings that it takes
 */
public record Command(String name, String purpose, List<Setting> settings) {
  /** Set by the profile where the user gives {@code -Dhelp}. */
  private static final String HELP = "command.help";

  /** Maven's script leaves its arguments here for whoever is run by it. */
  private static final String MAVEN_ARGUMENTS = "MAVEN_CMD_LINE_ARGS";

  /** Of Maven and its plugins; others of theirs have dots. */
  private static final Set<String> OF_MAVEN = Set.of("help", "skipTests", "offline", "debug");

  /**
   * A setting.
   *
   * @param form regular expression of its values
   * @param allowed the same in words; empty where anything goes
   * @param meaning with its default
   */
  public record Setting(String name, String form, String allowed, String meaning) {
    /** Any text: the command itself says what is wrong with it. */
    public static Setting text(String name, String meaning) {
      return new Setting(name, "(?s).*", "", meaning);
    }

    /** A number with at most {@code digits} digits, and not 0. */
    public static Setting count(String name, int digits, String meaning) {
      return new Setting(
          name,
          "[1-9][0-9]{0,%d}".formatted(digits - 1),
          "a number from 1 to " + "9".repeat(digits),
          meaning);
    }

    /** True or false. */
    public static Setting flag(String name, String meaning) {
      return new Setting(name, "true|false", "true or false", meaning);
    }
  }

  public static Command of(String name, String purpose, Setting... settings) {
    return new Command(name, purpose, List.of(settings));
  }

  /** Whether its help was asked for, by Maven's property or an argument; prints it then. */
  public boolean helps(String[] arguments, PrintStream out) {
    boolean asked =
        !given(System.getProperty(HELP, "")).isEmpty()
            || Arrays.asList(arguments).contains("--help");
    if (asked) {
      out.print(help());
      out.flush();
    }
    return asked;
  }

  String help() {
    return "mvn -q -P%s: %s\n".formatted(name, purpose.strip())
        + settings.stream()
            .map(s -> "  -D%-13s %s\n".formatted(s.name(), s.meaning()))
            .collect(Collectors.joining())
        + "  -D%-13s %s\n".formatted("help", "says this");
  }

  /**
   * Checks what the user gave.
   *
   * @param values by name; null, or empty, where nothing was given
   * @throws IllegalArgumentException if a setting is none of the command's, or its value is not
   *     allowed
   */
  public void check(UnaryOperator<String> values) {
    checkNames(System.getenv().getOrDefault(MAVEN_ARGUMENTS, ""));
    for (Setting setting : settings) {
      String value = given(values.apply(setting.name()));
      if (!value.isEmpty() && !value.matches(setting.form())) {
        throw new IllegalArgumentException(
            "-D%s cannot be \"%s\": it must be %s"
                .formatted(setting.name(), Excerpt.of(value), setting.allowed()));
      }
    }
  }

  /** The same with values in the order of the settings, as a program's arguments are. */
  public void check(String... values) {
    Map<String, String> byName =
        Stream.iterate(0, i -> i + 1)
            .limit(Math.min(values.length, settings.size()))
            .collect(Collectors.toMap(i -> settings.get(i).name(), i -> values[i]));
    check(byName::get);
  }

  void checkNames(String mavenArguments) {
    // Whatever Maven runs sees them, and not all of it is this command.
    if (!mavenArguments.matches("(?s)(.*\\s)?-P\\s*(\\S*,)?" + name + "(,\\S*)?(\\s.*)?")) {
      return;
    }
    Set<String> known = settings.stream().map(Setting::name).collect(Collectors.toSet());
    Stream.of(mavenArguments.split("\\s+"))
        .filter(word -> word.matches("-D[^.=]+(=.*)?"))
        .map(word -> word.substring(2).replaceFirst("=.*", ""))
        .filter(given -> !known.contains(given) && !OF_MAVEN.contains(given))
        .findFirst()
        .ifPresent(
            given -> {
              throw new IllegalArgumentException(
                  "-D%s is nothing that -P%s takes%s -Dhelp says what it takes"
                      .formatted(Excerpt.of(given), name, question(given, known)));
            });
  }

  private static String question(String given, Set<String> known) {
    String question = NearestNames.question("-D", given, known);
    return question.isEmpty() ? ";" : question;
  }

  /** Maven leaves {@code ${name}} where a property is not given. */
  private static String given(String value) {
    return value == null || value.contains("${") ? "" : value.strip();
  }
}
