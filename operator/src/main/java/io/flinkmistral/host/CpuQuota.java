package io.flinkmistral.host;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How much time of processors the process's control groups leave it, in processors: 1.5 where they
 * may run 150 of each 100 ms. The least of its own group and those above it holds.
 *
 * <p>Linux, Documentation/admin-guide: {@code cgroup-v2.rst} ({@code cpu.max}) and {@code
 * cgroup-v1/cgroups.rst}; Documentation/scheduler/sched-bwc.rst ({@code cpu.cfs_quota_us}); proc(5)
 * and cgroups(7) have the formats of {@code cgroup} and {@code mountinfo}.
 */
final class CpuQuota {
  private static final Path GROUPS = Path.of("/proc/self/cgroup");
  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  private static final Pattern GROUP = Pattern.compile("\\d+:([^:]*):(/.*)");

  /** The mount's root, the place where it is, its kind and its options. */
  private static final Pattern MOUNT =
      Pattern.compile("\\d+ \\d+ \\S+ (/\\S*) (/\\S*) \\S+ (?:\\S+ )*?- (cgroup2?) \\S+ (\\S+)");

  private static final Pattern OCTAL = Pattern.compile("\\\\([0-3][0-7]{2})");

  /** No hierarchy is as deep. */
  private static final int MOST_LEVELS = 100;

  private final HostFiles files;

  /** The controller of processors in one of the two versions of control groups. */
  private enum Version {
    V1,
    V2
  }

  private record Mount(Version version, Path root, Path place) {}

  private CpuQuota(HostFiles files) {
    this.files = files;
  }

  /** The quota of this process; none where there is no limit, or none can be read. */
  static OptionalDouble of(HostFiles files) {
    return new CpuQuota(files).least();
  }

  private OptionalDouble least() {
    List<String> groups = lines(GROUPS).toList();
    return lines(MOUNTS)
        .flatMap(line -> mount(line).stream())
        .flatMap(mount -> group(mount, groups).stream().flatMap(path -> quotas(mount, path)))
        .mapToDouble(Double::doubleValue)
        .min();
  }

  private Stream<String> lines(Path file) {
    return files.text(file).stream().flatMap(String::lines);
  }

  private static Optional<Mount> mount(String line) {
    Matcher mount = MOUNT.matcher(line);
    if (!mount.matches()) {
      return Optional.empty();
    }
    boolean v2 = mount.group(3).equals("cgroup2");
    if (!v2 && !List.of(mount.group(4).split(",")).contains("cpu")) {
      return Optional.empty();
    }
    return path(mount.group(1))
        .flatMap(
            root ->
                path(mount.group(2))
                    .map(place -> new Mount(v2 ? Version.V2 : Version.V1, root, place)));
  }

  /** A path as {@code mountinfo} writes it, with spaces and the like as octal numbers. */
  private static Optional<Path> path(String text) {
    String unescaped =
        OCTAL
            .matcher(text)
            .replaceAll(
                octal ->
                    Matcher.quoteReplacement(
                        String.valueOf((char) Integer.parseInt(octal.group(1), 8))));
    try {
      return Optional.of(Path.of(unescaped).normalize());
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The process's group in the hierarchy that is mounted there. */
  private static Optional<Path> group(Mount mount, List<String> groups) {
    return groups.stream()
        .map(GROUP::matcher)
        .filter(Matcher::matches)
        .filter(
            group ->
                switch (mount.version()) {
                  case V1 -> List.of(group.group(1).split(",")).contains("cpu");
                  case V2 -> group.group(1).isEmpty();
                })
        .flatMap(group -> path(group.group(2)).stream())
        .findFirst();
  }

  /** Those of the group and of all above it that can be seen. */
  private Stream<Double> quotas(Mount mount, Path group) {
    // A container without a namespace of its own sees the host's path, but its own group alone; and
    // from a namespace a group outside of it cannot be seen.
    Path below = group.startsWith(mount.root()) ? mount.root().relativize(group) : Path.of("");
    Path own = mount.place().resolve(below).normalize();
    return Stream.iterate(own, at -> at != null && at.startsWith(mount.place()), Path::getParent)
        .limit(MOST_LEVELS)
        .flatMap(at -> quota(mount.version(), at).stream());
  }

  private Optional<Double> quota(Version version, Path group) {
    return switch (version) {
      case V1 ->
          files
              .text(group.resolve("cpu.cfs_quota_us"))
              .flatMap(
                  quota ->
                      files
                          .text(group.resolve("cpu.cfs_period_us"))
                          .flatMap(period -> quotient(quota, period)));
      case V2 ->
          files
              .text(group.resolve("cpu.max"))
              .map(max -> max.strip().split(" "))
              .filter(max -> max.length == 2)
              .flatMap(max -> quotient(max[0], max[1]));
    };
  }

  private static Optional<Double> quotient(String quota, String period) {
    try {
      double processors = (double) Long.parseLong(quota.strip()) / Long.parseLong(period.strip());
      return Optional.of(processors).filter(p -> p > 0 && Double.isFinite(p));
    } catch (NumberFormatException e) {
      return Optional.empty(); // Among them max and -1: there is no limit.
    }
  }
}
