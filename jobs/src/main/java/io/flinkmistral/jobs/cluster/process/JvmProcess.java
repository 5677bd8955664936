package io.flinkmistral.jobs.cluster.process;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own, with the flags of every JVM that runs Flink. It dies with this one. */
final class JvmProcess implements AutoCloseable {
  private final Process process;
  private final Process watchdog;

  private JvmProcess(Process process, Process watchdog) {
    this.process = process;
    this.watchdog = watchdog;
  }

  /**
   * Starts a JVM. What it prints is appended to its log.
   *
   * @param log of the process
   * @param classpath of the process
   * @param arguments flags, main class, and its arguments
   */
  static JvmProcess start(ClusterFiles files, Path log, String classpath, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(JdkTools.path("java"));
    command.addAll(List.of(System.getProperty("flink.flags").split(" ")));
    command.add("-Dlog4j2.configurationFile=" + files.loggingProperties());
    command.addAll(List.of("-classpath", classpath));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("FLINK_CONF_DIR", files.conf().toString());
    Process process =
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    return new JvmProcess(process, watchdog(process));
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

  /** Sends a signal that can be survived, such as STOP. */
  void signal(String name) throws IOException, InterruptedException {
    int code =
        new ProcessBuilder("kill", "-" + name, Long.toString(pid())).inheritIO().start().waitFor();
    if (code != 0) {
      throw new IOException("kill -%s %d: exit code %d".formatted(name, pid(), code));
    }
  }

  /** As {@code kill -9} does; when this returns, the process is gone. */
  void kill() {
    // The process first: the moment counts. The watchdog does nothing as long as this JVM lives.
    process.destroyForcibly();
    watchdog.destroyForcibly();
    awaitEnd(process);
    awaitEnd(watchdog);
  }

  /** Without a thread of a pool, which may be the one that has called for the end of this JVM. */
  private static void awaitEnd(Process process) {
    boolean interrupted = Thread.interrupted();
    while (process.isAlive()) {
      try {
        process.waitFor();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    kill();
  }
}
