package io.flinkmistral.jobs.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What another process has in memory, as Linux and its JVM tell. */
public final class ProcessMemory {
  private final long pid;

  public ProcessMemory(ClusterProcess process) {
    this.pid = process.pid();
  }

  /** The places where a file is mapped: lines of {@code /proc/<pid>/maps}. */
  List<String> mappings(Path file) throws IOException {
    String path = file.toRealPath().toString();
    try (Stream<String> lines = Files.lines(Path.of("/proc", Long.toString(pid), "maps"))) {
      return lines.filter(line -> line.endsWith(" " + path)).toList();
    }
  }

  /**
   * Objects of a class that can be reached. The JVM collects its garbage for that.
   *
   * @param className of a class in any class loader
   */
  long reachable(String className) throws IOException, InterruptedException {
    // "  12:      345     67890  java.lang.String (java.base@25)"
    return histogram().stream()
        .filter(words -> words.length >= 4 && words[3].equals(className))
        .mapToLong(words -> Long.parseLong(words[1]))
        .sum();
  }

  /** Bytes of all objects that can be reached. The JVM collects its garbage for that. */
  public long reachable() throws IOException, InterruptedException {
    // "Total       4567    890123"
    return histogram().stream()
        .filter(words -> words.length == 3 && words[0].equals("Total"))
        .mapToLong(words -> Long.parseLong(words[2]))
        .findFirst()
        .orElseThrow(() -> new IOException("a histogram without a sum"));
  }

  /** Its open files, connections among them. */
  public long openFiles() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("/proc", Long.toString(pid), "fd"))) {
      return files.count();
    }
  }

  /** The words of each line. */
  private List<String[]> histogram() throws IOException, InterruptedException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(pid),
                "GC.class_histogram")
            .redirectErrorStream(true)
            .start();
    List<String> lines = new String(jcmd.getInputStream().readAllBytes(), UTF_8).lines().toList();
    if (jcmd.waitFor() != 0) {
      throw new IOException("no histogram of process %d: %s".formatted(pid, lines));
    }
    return lines.stream().map(line -> line.strip().split("\\s+")).toList();
  }
}
