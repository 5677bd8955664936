package io.flinkmistral.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of a host that tests write, below a temporary folder. */
final class FakeHost {
  private final Path root;

  FakeHost(Path root) {
    this.root = root;
  }

  /** Writes a file at an absolute path of that host. */
  FakeHost with(String path, String text) {
    Path file = root.resolve(path.substring(1));
    try {
      Files.createDirectories(file.getParent());
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** A second kind of control groups, mounted as usual; the process is in {@code group}. */
  FakeHost withGroupV2(String group) {
    return with("/proc/self/cgroup", "0::%s\n".formatted(group))
        .with(
            "/proc/self/mountinfo",
            """
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/root rw
            29 22 0:26 / /sys/fs/cgroup rw,nosuid shared:9 master:3 - cgroup2 cgroup2 rw,nsdelegate
            """);
  }

  /** The first kind, as Docker mounts it without a namespace. */
  FakeHost withGroupV1(String group, String mountRoot) {
    return with(
            "/proc/self/cgroup",
            "5:devices:/\n4:cpu,cpuacct:%s\n1:name=systemd:/init\n".formatted(group))
        .with(
            "/proc/self/mountinfo",
            """
            30 24 0:27 / /sys/fs/cgroup/systemd ro - cgroup cgroup rw,name=systemd
            33 24 0:30 %s /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct
            34 24 0:31 / /sys/fs/cgroup/cpuset ro,nosuid - cgroup cgroup rw,cpuset
            """
                .formatted(mountRoot));
  }

  FakeHost withQuotaV1(String folder, String quota, String period) {
    return with(folder + "/cpu.cfs_quota_us", quota).with(folder + "/cpu.cfs_period_us", period);
  }

  FakeHost withAllowed(String cpus) {
    return with(
        "/proc/self/status",
        "Name:\tjava\nCpus_allowed:\tff\nCpus_allowed_list:\t%s\nMems_allowed_list:\t0\n"
            .formatted(cpus));
  }

  FakeHost withSiblings(int cpu, String siblings) {
    return with(
        "/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list".formatted(cpu),
        siblings + "\n");
  }

  HostFiles files() {
    return new HostFiles(root);
  }

  /** What the process may use where the JVM counts {@code java} processors. */
  Processors processors(int java) {
    return Processors.of(files(), cores(), java);
  }

  Cores cores() {
    return new Cores(files());
  }
}
