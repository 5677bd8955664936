package io.flinkmistral.jobs.cluster.rest;

import io.flinkmistral.protocol.Excerpt;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A failure of another process, in one line. What is known of it are the stack traces that it has
 * printed, or that Flink hands out over HTTP.
 */
public final class PrintedFailure {
  /** The first line of a stack trace, or of one of its causes. */
  private static final Pattern THROWN =
      Pattern.compile("(?:Caused by: )?([\\w.$]+\\.[\\w$]+)(?:: (.*))?");

  private static final Pattern WRAPPER =
      Pattern.compile(
          "org\\.apache\\.flink\\..*|java\\.util\\.concurrent\\.(Completion|Execution)Exception"
              + "|java\\.lang\\.reflect\\..*");

  /** What Flink's client prints before the stack trace of what it did not expect. */
  private static final String UNEXPECTED = "The program finished with the following exception";

  private PrintedFailure() {}

  /** An exception as it was printed: its class, and what it says. */
  private record Thrown(String type, String message) {
    String said() {
      return message.isEmpty() ? type : message;
    }
  }

  /**
   * Of a stack trace: the first exception that is not only Flink's wrapper says what went wrong,
   * and the innermost one what it came from.
   */
  static String ofStackTrace(String trace) {
    List<Thrown> chain = chain(trace);
    if (chain.isEmpty()) {
      return Excerpt.ofMessage(trace.lines().findFirst().orElse("nothing was said"));
    }
    Thrown said =
        chain.stream()
            .filter(t -> !WRAPPER.matcher(t.type()).matches())
            .filter(t -> !t.message().isEmpty())
            .findFirst()
            .orElse(chain.getLast());
    String cause = chain.getLast().said();
    return Excerpt.ofMessage(
        said.said().contains(cause) ? said.said() : said.said() + ": " + cause);
  }

  /** Of what Flink's client has printed: a stack trace, or its last line. */
  public static String ofClient(List<String> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (lines.get(i).contains(UNEXPECTED)) {
        return ofStackTrace(String.join("\n", lines.subList(i + 1, lines.size())).strip());
      }
    }
    return lines.stream()
        .filter(line -> !line.isBlank())
        .reduce((_, later) -> later)
        .map(Excerpt::ofMessage)
        .orElse("the client has said nothing");
  }

  private static List<Thrown> chain(String trace) {
    Stream<String> first = trace.lines().limit(1);
    Stream<String> causes = trace.lines().skip(1).filter(line -> line.startsWith("Caused by: "));
    return Stream.concat(first, causes)
        .map(THROWN::matcher)
        .filter(Matcher::matches)
        .map(m -> new Thrown(m.group(1), m.group(2) == null ? "" : m.group(2)))
        // A wrapper says what its cause says, with its class before it.
        .map(PrintedFailure::unwrapped)
        .toList();
  }

  private static Thrown unwrapped(Thrown thrown) {
    Matcher inner = THROWN.matcher(thrown.message());
    return inner.matches() && inner.group(2) != null
        ? new Thrown(inner.group(1), inner.group(2))
        : thrown;
  }
}
