package io.flinkmistral.host;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an engine tells the others of its host.
 *
 * @param name its own
 * @param cpus processors that it may run on
 * @param threads the most that it takes
 */
record EngineClaim(String name, CpuList cpus, int threads) {
  private static final Pattern TEXT =
      Pattern.compile("flink-mistral engine 1\ncpus ([0-9,-]+)\nthreads ([0-9]{1,5})\n");

  /** What {@link #text} wrote; nothing if the text is another. */
  static Optional<EngineClaim> parse(String name, String text) {
    Matcher claim = TEXT.matcher(text);
    if (!claim.matches()) {
      return Optional.empty();
    }
    return CpuList.parse(claim.group(1))
        .map(cpus -> new EngineClaim(name, cpus, Integer.parseInt(claim.group(2))));
  }

  String text() {
    return "flink-mistral engine 1\ncpus %s\nthreads %d\n".formatted(cpus, threads);
  }

  boolean meets(EngineClaim other) {
    return cpus.stream().anyMatch(other.cpus::contains);
  }
}
