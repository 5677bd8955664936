package io.flinkmistral.jobs.cluster;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A JVM of its own, with the flags of every JVM that runs Flink. It dies with this one. */
final class JvmProcess implements AutoCloseable {
  private static final int LAST_LINES = 40;

  private final Process process;
  private final Process watchdog;
  private final Path log;

  private JvmProcess(Process process, Process watchdog, Path log) {
    this.process = process;
    this.watchdog = watchdog;
    this.log = log;
  }

  /**
   * Starts a JVM with Flink on its classpath.
   *
   * @param name of its log
   * @param arguments flags, main class, and its arguments
   */
  static JvmProcess start(ClusterFiles files, String name, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(tool("java"));
    command.addAll(List.of(System.getProperty("flink.flags").split(" ")));
    command.add("-Dlog4j2.configurationFile=" + files.loggingProperties());
    command.addAll(List.of("-classpath", FlinkClasspath.get()));
    command.addAll(arguments);
    Path log = files.log(name);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("FLINK_CONF_DIR", files.conf().toString());
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new JvmProcess(process, watchdog(process), log);
  }

  /** A program of the JDK that these tests run on. */
  static String tool(String name) {
    return Path.of(System.getProperty("java.home"), "bin", name).toString();
  }

  /** Its standard input ends with this JVM, even if this one is killed; then it kills, too. */
  private static Process watchdog(Process process) throws IOException {
    return new ProcessBuilder("sh", "-c", "read -r line; kill -9 " + process.pid())
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Waits for its end, but not for long; whether it has ended. */
  boolean awaitEnd(long milliseconds) throws InterruptedException {
    return process.waitFor(milliseconds, TimeUnit.MILLISECONDS);
  }

  int exitCode() {
    return process.exitValue();
  }

  /** The lines of its log so far. */
  List<String> log() throws IOException {
    // It may be in the middle of writing a character.
    return new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
  }

  /** The lines of its log so far that contain {@code text}. */
  List<String> logged(String text) throws IOException {
    return log().stream().filter(line -> line.contains(text)).toList();
  }

  /** For messages: warnings, and the end of its log. */
  String lastWords() throws IOException {
    List<String> lines = log();
    int end = Math.max(0, lines.size() - LAST_LINES);
    Stream<String> warnings =
        lines.subList(0, end).stream().filter(l -> l.contains(" WARN ") || l.contains(" ERROR "));
    return log
        + ":\n"
        + String.join(
            "\n", Stream.concat(warnings, lines.subList(end, lines.size()).stream()).toList());
  }

  /** As {@code kill -9} does; when this returns, the process is gone. */
  void kill() {
    // The watchdog first: once the process is gone, its number may become another's.
    watchdog.destroyForcibly().onExit().join();
    process.destroyForcibly().onExit().join();
  }

  @Override
  public void close() {
    kill();
  }
}
