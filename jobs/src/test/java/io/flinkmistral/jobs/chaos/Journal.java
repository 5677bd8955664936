package io.flinkmistral.jobs.chaos;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;

/** What was done when, in a file beside the processes' logs. */
final class Journal implements AutoCloseable {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss,SSS");

  private final PrintWriter out;

  Journal(Path file) throws IOException {
    out = new PrintWriter(Files.newBufferedWriter(file));
  }

  void note(String format, Object... arguments) {
    out.println(LocalTime.now().format(TIME) + " " + format.formatted(arguments));
    out.flush();
  }

  @Override
  public void close() {
    out.close();
  }
}
