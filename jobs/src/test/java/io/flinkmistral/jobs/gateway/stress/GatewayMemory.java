package io.flinkmistral.jobs.gateway.stress;

import io.flinkmistral.jobs.cluster.ProcessMemory;
import io.flinkmistral.jobs.cluster.process.ClusterProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What a gateway holds, at several points of a run. */
final class GatewayMemory {
  private static final long MIB = 1 << 20;

  private final ProcessMemory memory;
  private final List<Long> bytes = new ArrayList<>();

  GatewayMemory(ClusterProcess gateway) {
    this.memory = new ProcessMemory(gateway);
  }

  /** Now; the gateway collects its garbage for that. */
  void look() throws IOException, InterruptedException {
    bytes.add(memory.reachable());
  }

  long first() {
    return bytes.getFirst();
  }

  long last() {
    return bytes.getLast();
  }

  long most() {
    return bytes.stream().mapToLong(Long::longValue).max().orElseThrow();
  }

  long openFiles() throws IOException {
    return memory.openFiles();
  }

  /** In MiB, as it was looked at. */
  @Override
  public String toString() {
    return bytes.stream().map(one -> "%.1f".formatted((double) one / MIB)).toList() + " MiB";
  }
}
