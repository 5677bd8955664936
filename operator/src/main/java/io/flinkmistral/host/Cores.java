package io.flinkmistral.host;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which processors are threads of one physical core. Where Linux does not say, as in many virtual
 * machines, each is a core of its own.
 */
final class Cores {
  private static final String SIBLINGS =
      "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list";

  private final HostFiles files;
  private final Map<Integer, Integer> known = new ConcurrentHashMap<>();

  Cores(HostFiles files) {
    this.files = files;
  }

  /** A core's number: that of its first processor. */
  int of(int cpu) {
    return known.computeIfAbsent(cpu, this::read);
  }

  private int read(int cpu) {
    return files
        .text(Path.of(SIBLINGS.formatted(cpu)))
        .flatMap(CpuList::parse)
        .filter(siblings -> siblings.contains(cpu))
        .map(CpuList::first)
        .orElse(cpu);
  }

  /** The cores that have one of these processors. */
  int count(CpuList cpus) {
    return Math.toIntExact(cpus.stream().map(this::of).distinct().count());
  }
}
