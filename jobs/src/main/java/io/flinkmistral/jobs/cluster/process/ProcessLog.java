package io.flinkmistral.jobs.cluster.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a process has printed, and those that had its name before it.
 *
 * @param path of the file, which is not there before the process is
 */
public record ProcessLog(Path path) {
  private static final int LAST_LINES = 40;

  /** The lines so far. */
  public List<String> lines() throws IOException {
    // It may be in the middle of writing a character.
    return new String(Files.readAllBytes(path), StandardCharsets.UTF_8).lines().toList();
  }

  /** The lines so far that contain {@code text}. */
  public List<String> linesWith(String text) throws IOException {
    return lines().stream().filter(line -> line.contains(text)).toList();
  }

  /** The last line that is not empty. */
  Optional<String> lastLine() throws IOException {
    return lines().stream().filter(line -> !line.isBlank()).reduce((_, later) -> later);
  }

  /** For messages: warnings, and the end. */
  public String lastWords() throws IOException {
    List<String> lines = lines();
    int end = Math.max(0, lines.size() - LAST_LINES);
    Stream<String> warnings =
        lines.subList(0, end).stream()
            .filter(l -> l.contains(" WARN ") || l.contains(" ERROR "))
            .limit(LAST_LINES);
    return path
        + ":\n"
        + String.join(
            "\n", Stream.concat(warnings, lines.subList(end, lines.size()).stream()).toList());
  }
}
