package io.flinkmistral.jobs.demo;

import io.flinkmistral.operator.options.CheckedOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What a user gives as options of several programs: {@code --key value} and {@code --key=value}.
 */
record OptionWords(List<Option> options) {
  /** What its options begin with. */
  static final String OF_THE_GATEWAY = "--gateway.";

  /**
   * One of them.
   *
   * @param words one or two
   */
  private record Option(String key, List<String> words) {}

  static OptionWords of(String text) {
    List<Option> options = new ArrayList<>();
    List<String> words =
        new ArrayList<>(
            List.of(text.strip().split("\\s+")).stream().filter(w -> !w.isEmpty()).toList());
    while (!words.isEmpty()) {
      String word = words.removeFirst();
      String key = word.replaceFirst("^--", "").replaceFirst("=.*", "");
      boolean alone = !word.startsWith("--") || word.contains("=") || words.isEmpty();
      options.add(new Option(key, alone ? List.of(word) : List.of(word, words.removeFirst())));
    }
    return new OptionWords(options);
  }

  boolean askForHelp() {
    return options.stream().anyMatch(option -> option.words().contains("--help"));
  }

  List<String> all() {
    return those(_ -> true);
  }

  /** Those that do not begin so. */
  List<String> without(String prefix) {
    return those(option -> !option.words().getFirst().startsWith(prefix));
  }

  /** Those that a program has. */
  List<String> ofEither(CheckedOptions known) {
    return those(
        option ->
            option.key().startsWith("gateway.")
                || known.options().stream()
                    .anyMatch(
                        one ->
                            option.key().equals(one.key())
                                || option.key().startsWith(one.key() + ".")));
  }

  private List<String> those(Predicate<Option> which) {
    return options.stream().filter(which).flatMap(option -> option.words().stream()).toList();
  }

  /**
   * @throws IllegalArgumentException if there is an option of that name
   */
  void refuse(String key, String why) {
    if (options.stream().anyMatch(option -> option.key().equals(key))) {
      throw new IllegalArgumentException("option %s is %s".formatted(key, why));
    }
  }
}
