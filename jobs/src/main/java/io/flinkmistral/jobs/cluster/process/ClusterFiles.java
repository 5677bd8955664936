package io.flinkmistral.jobs.cluster.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.flink.configuration.Configuration;

/** Where the files of a cluster lie. */
final class ClusterFiles {
  private static final String LOGGING =
      """
      status = warn
      rootLogger.level = info
      rootLogger.appenderRef.console.ref = console
      appender.console.type = Console
      appender.console.name = console
      appender.console.layout.type = PatternLayout
      appender.console.layout.pattern = %d{HH:mm:ss,SSS} %-5p [%t] %c: %enc{%m}{CRLF}%n
      """;

  private final Path folder;

  ClusterFiles(Path folder) {
    this.folder = folder;
  }

  /** Flink's configuration folder. */
  Path conf() {
    return folder.resolve("conf");
  }

  Path loggingProperties() {
    return conf().resolve("log4j2.properties");
  }

  Path log(String process) {
    return folder.resolve(process + ".log");
  }

  /** What guards the JobManager's web page, as an entry of its classpath. */
  Path webGuard() {
    return folder.resolve("web-guard");
  }

  /** For Flink's temporary files. */
  Path temporary() {
    return folder.resolve("tmp");
  }

  Path checkpoints() {
    return folder.resolve("checkpoints");
  }

  Path savepoints() {
    return folder.resolve("savepoints");
  }

  /** For what a JobManager has to find again when another one died. */
  Path highAvailability() {
    return folder.resolve("ha");
  }

  /** For a server's own data. */
  Path data(String process) {
    return folder.resolve(process);
  }

  /** Writes the configuration of the processes' logs. */
  void writeLogging() throws IOException {
    Files.createDirectories(conf());
    Files.writeString(loggingProperties(), LOGGING);
  }

  /** Writes Flink's configuration. */
  void write(Configuration flink) throws IOException {
    Map<String, String> lines = new TreeMap<>(flink.toMap());
    Files.writeString(
        conf().resolve("config.yaml"),
        lines.entrySet().stream()
            .map(line -> line.getKey() + ": " + line.getValue() + "\n")
            .collect(Collectors.joining()));
  }
}
