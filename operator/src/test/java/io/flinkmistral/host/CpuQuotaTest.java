package io.flinkmistral.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CpuQuotaTest {
  private static final String V1 = "/sys/fs/cgroup/cpu,cpuacct";

  @TempDir private Path root;

  private FakeHost host;

  @BeforeEach
  void setUp() {
    host = new FakeHost(root);
  }

  private void assertQuota(double expected) {
    assertThat(CpuQuota.of(host.files())).hasValue(expected);
  }

  private void assertNoQuota() {
    assertThat(CpuQuota.of(host.files())).isEmpty();
  }

  @Test
  void aHostWithoutSuchFilesHasNone() {
    assertNoQuota();
  }

  @ParameterizedTest
  @CsvSource({"150000 100000,1.5", "200000 100000,2", "5000 10000,0.5", "1000 1000000,0.001"})
  void theSecondVersionsQuotaIsRead(String max, double expected) {
    host.withGroupV2("/").with("/sys/fs/cgroup/cpu.max", max + "\n");
    assertQuota(expected);
  }

  @Test
  void theLeastOfAllGroupsAboveHolds() {
    host.withGroupV2("/kubepods/pod7/container")
        .with("/sys/fs/cgroup/kubepods/pod7/container/cpu.max", "max 100000\n")
        .with("/sys/fs/cgroup/kubepods/pod7/cpu.max", "150000 100000\n")
        .with("/sys/fs/cgroup/kubepods/cpu.max", "700000 100000\n");
    assertQuota(1.5);
  }

  @Test
  void groupsBesideItDoNotMatter() {
    host.withGroupV2("/a/b")
        .with("/sys/fs/cgroup/a/cpu.max", "300000 100000\n")
        .with("/sys/fs/cgroup/a/c/cpu.max", "100000 100000\n")
        .with("/sys/fs/cgroup/b/cpu.max", "100000 100000\n");
    assertQuota(3);
  }

  @Test
  void theFirstVersionsQuotaIsRead() {
    host.withGroupV1("/user/x", "/").withQuotaV1(V1 + "/user/x", "150000\n", "100000\n");
    assertQuota(1.5);
  }

  @Test
  void theFirstVersionsQuotaOfAContainerWithTheHostsPathIsRead() {
    host.withGroupV1("/docker/4f", "/docker/4f").withQuotaV1(V1, "50000\n", "100000\n");
    assertQuota(0.5);
  }

  @Test
  void aGroupOutsideOfWhatIsMountedCannotBeSeenButTheMountsOwnCan() {
    host.withGroupV1("/elsewhere", "/docker/4f")
        .withQuotaV1(V1, "250000\n", "100000\n")
        .withQuotaV1(V1 + "/elsewhere", "100000\n", "100000\n");
    assertQuota(2.5);
  }

  @Test
  void whereBothVersionsAreMountedTheLessHolds() {
    host.withGroupV2("/v2").with("/sys/fs/cgroup/unified/v2/cpu.max", "300000 100000\n");
    host.with("/proc/self/cgroup", "3:cpu:/v1\n0::/v2\n")
        .with(
            "/proc/self/mountinfo",
            """
            30 24 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
            31 24 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
            """)
        .withQuotaV1("/sys/fs/cgroup/cpu/v1", "-1\n", "100000\n");
    assertQuota(3);
    host.withQuotaV1("/sys/fs/cgroup/cpu/v1", "120000\n", "100000\n");
    assertQuota(1.2);
  }

  @Test
  void placesWithSpacesAreFound() {
    host.with("/proc/self/cgroup", "0::/my group\n")
        .with("/proc/self/mountinfo", "31 24 0:28 / /c\\040g rw - cgroup2 none rw\n")
        .with("/c g/my group/cpu.max", "150000 100000");
    assertQuota(1.5);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "max",
        "max 100000",
        "150000",
        "150000 0",
        "0 100000",
        "-1 100000",
        "-5 -1",
        "1e5 100000",
        "150000 100000 1",
        "999999999999999999999 100000",
        "NaN 1",
        "\0\0",
        "150000\u00a0100000"
      })
  void whatIsNoQuotaLimitsNothing(String max) {
    host.withGroupV2("/a")
        .with("/sys/fs/cgroup/a/cpu.max", max)
        .with("/sys/fs/cgroup/cpu.max", "400000 100000\n");
    assertQuota(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "0", "x", "", "9223372036854775808"})
  void whatIsNoQuotaOfTheFirstVersionLimitsNothing(String quota) {
    host.withGroupV1("/", "/").withQuotaV1(V1, quota, "100000");
    assertNoQuota();
  }

  @Test
  void aQuotaWithoutAPeriodLimitsNothing() {
    host.withGroupV1("/", "/").with(V1 + "/cpu.cfs_quota_us", "150000");
    assertNoQuota();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/../../secret", "/a/../../../secret", "/..", "//x", "/a\0b", "relative", ""})
  void groupsThatLeadOutOfTheMountAreNotFollowed(String group) {
    host.withGroupV2(group)
        .with("/sys/fs/cgroup/cpu.max", "200000 100000")
        .with("/secret/cpu.max", "1 100000")
        .with("/sys/fs/secret/cpu.max", "1 100000")
        .with("/sys/fs/cpu.max", "1 100000")
        .with("/sys/cpu.max", "1 100000");
    CpuQuota.of(host.files()).ifPresent(quota -> assertThat(quota).isEqualTo(2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n\n",
        "31 24 0:28 / /sys/fs/cgroup rw - cgroup2",
        "31 24 0:28 / /sys/fs/cgroup rw cgroup2 none rw",
        "x y z / /sys/fs/cgroup rw - cgroup2 none rw",
        "31 24 0:28 / sys/fs/cgroup rw - cgroup2 none rw",
        "31 24 0:28 / /sys/fs/cgroup rw - tmpfs cgroup2 rw",
        "31 24 0:28 / /sys/fs/cgroup rw - cgroup none rw,cpuset,cpuacct",
        "31 24 0:28 / /a\\000b rw - cgroup2 none rw"
      })
  void linesThatAreNoMountsOfProcessorsAreSkipped(String line) {
    host.withGroupV2("/")
        .with("/proc/self/mountinfo", line + "\n")
        .with("/sys/fs/cgroup/cpu.max", "150000 100000\n")
        .withQuotaV1("/sys/fs/cgroup", "150000\n", "100000\n");
    assertNoQuota();
  }

  @Test
  void endlessAndDeepContentsAreCutShort() throws IOException {
    String deep = "/d".repeat(2000);
    host.withGroupV2(deep + "\n0::" + "x".repeat(HostFiles.MOST_BYTES));
    Files.createDirectories(root.resolve("sys/fs/cgroup/cpu.max"));
    assertNoQuota();
    assertThat(host.files().text(Path.of("/proc/self/cgroup")).orElseThrow())
        .hasSize(HostFiles.MOST_BYTES);
  }
}
