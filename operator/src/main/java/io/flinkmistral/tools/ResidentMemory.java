package io.flinkmistral.tools;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of this process, as Linux tells it; 0 elsewhere. */
final class ResidentMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ResidentMemory() {}

  /** Bytes in memory now, mapped files included. */
  static long now() throws IOException {
    return read("VmRSS:");
  }

  /** The most bytes that ever were in memory. */
  static long peak() throws IOException {
    return read("VmHWM:");
  }

  private static long read(String field) throws IOException {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    for (String line : Files.readAllLines(STATUS)) {
      if (line.startsWith(field)) {
        return 1024 * Long.parseLong(line.substring(field.length()).replace("kB", "").strip());
      }
    }
    return 0;
  }
}
