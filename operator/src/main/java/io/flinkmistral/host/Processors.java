package io.flinkmistral.host;

import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * The processors of this process.
 *
 * @param allowed those that it may run on
 * @param cores physical cores among them
 * @param quota what of their time it may use, in processors
 * @param java how many the JVM counts, which knows of {@code -XX:ActiveProcessorCount}
 */
record Processors(CpuList allowed, int cores, OptionalDouble quota, int java) {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  /** A thread more for less than this part of a quota is not worth that all wait for it. */
  private static final double WORTH_A_THREAD = 0.05;

  static Processors of(HostFiles files, Cores cores, int java) {
    CpuList allowed =
        files.text(STATUS).stream()
            .flatMap(String::lines)
            .filter(line -> line.startsWith(ALLOWED))
            .findFirst()
            .flatMap(line -> CpuList.parse(line.substring(ALLOWED.length())))
            .orElse(CpuList.first(java));
    return new Processors(allowed, cores.count(allowed), CpuQuota.of(files), java);
  }

  /**
   * As many threads as do the most: one for each core, and no more than use the quota up. A part of
   * a processor's time takes a whole thread, which then waits a part of each period, and the others
   * for it.
   */
  int threads() {
    double used = Math.ceil(quota.orElse(cores) * (1 - WORTH_A_THREAD));
    return Math.max(1, (int) Math.min(used, Math.min(cores, java)));
  }

  /** Whether a quota keeps so many threads from running all the time. */
  boolean meter(int threads) {
    return quota.orElse(threads) < threads;
  }

  @Override
  public String toString() {
    return "%d processors are allowed (%s), on %d cores%s"
        .formatted(
            allowed.size(),
            allowed,
            cores,
            quota.isPresent()
                ? ", with a quota of %.2f".formatted(quota.getAsDouble())
                : ", without a quota");
  }
}
