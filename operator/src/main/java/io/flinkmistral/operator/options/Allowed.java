package io.flinkmistral.operator.options;

import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.util.TimeUtils;

/**
 * The values that an option may have.
 *
 * @param words what they are, such as {@code 1 to 256}, for tables and messages
 * @param test whether a value is one of them
 */
public record Allowed<T>(String words, Predicate<T> test) {
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

  public static Allowed<Integer> numbers(int least, int most) {
    return new Allowed<>("%d to %d".formatted(least, most), n -> n >= least && n <= most);
  }

  public static Allowed<Duration> durations(Duration least, Duration most) {
    return new Allowed<>(
        "%s to %s".formatted(text(least), text(most)),
        d -> d.compareTo(least) >= 0 && d.compareTo(most) <= 0);
  }

  public static Allowed<MemorySize> sizes(String least, String most) {
    MemorySize from = MemorySize.parse(least);
    MemorySize to = MemorySize.parse(most);
    return new Allowed<>(
        "%s to %s".formatted(least, most), m -> m.compareTo(from) >= 0 && m.compareTo(to) <= 0);
  }

  public static Allowed<Boolean> trueOrFalse() {
    return new Allowed<>("true or false", _ -> true);
  }

  public static Allowed<String> words(List<String> words) {
    return new Allowed<>(listed(words), words::contains);
  }

  /** Any of an enum's words, as Flink reads them. */
  public static <E extends Enum<E>> Allowed<E> anyOf(List<String> words) {
    return new Allowed<>(listed(words), _ -> true);
  }

  /** A line of text that is not empty. */
  public static Allowed<String> line(int mostCharacters) {
    return new Allowed<>(
        "1 to %d characters, on one line".formatted(mostCharacters),
        text ->
            !text.isBlank() && text.length() <= mostCharacters && !CONTROL.matcher(text).find());
  }

  private static String listed(List<String> words) {
    int last = words.size() - 1;
    return String.join(", ", words.subList(0, last)) + " or " + words.get(last);
  }

  private static String text(Duration duration) {
    return TimeUtils.formatWithHighestUnit(duration);
  }
}
