package io.flinkmistral.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessorsTest {
  @TempDir private Path root;

  private FakeHost host;

  @BeforeEach
  void setUp() {
    host = new FakeHost(root);
  }

  /** Four cores of two processors each, as most hosts number them. */
  private FakeHost withEightProcessors() {
    for (int cpu = 0; cpu < 8; cpu++) {
      host.withSiblings(cpu, "%d,%d".formatted(cpu % 4, cpu % 4 + 4));
    }
    return host;
  }

  @Test
  void whatCannotBeReadLimitsNothing() {
    assertThat(host.processors(6).threads()).isEqualTo(6);
    assertThat(host.processors(6).allowed()).hasToString("0-5");
  }

  @Test
  void withoutTopologyEachProcessorIsACore() {
    assertThat(host.withAllowed("0-1").processors(2).threads()).isEqualTo(2);
    assertThat(host.withAllowed("0,3,5").processors(3).threads()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"0-7|4", "0-3|4", "0,4|1", "0,4,5|2", "1|1", "4-7|4", "2-3,6-7|2"})
  void processorsOfOneCoreCountOnce(String allowed, int threads) {
    withEightProcessors().withAllowed(allowed);
    assertThat(host.processors(8).threads()).isEqualTo(threads);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "1-2", "99999", "0-", "\0"})
  void siblingsThatMakeNoSenseAreNone(String siblings) {
    host.withAllowed("0,5").withSiblings(0, siblings).withSiblings(5, siblings);
    assertThat(host.processors(2).threads()).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "none", "5-2", "0-70000"})
  void affinityThatMakesNoSenseIsNone(String allowed) {
    assertThat(host.withAllowed(allowed).processors(3).threads()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 1", "0.5, 1", "1, 1", "1.04, 1", "1.06, 2", "1.5, 2", "2, 2", "2.05, 2", "2.2, 3",
    "3.9, 4", "4, 4", "12, 4"
  })
  void aQuotaTakesAsManyThreadsAsUseItUp(double quota, int threads) {
    Processors processors = new Processors(CpuList.first(4), 4, OptionalDouble.of(quota), 4);
    assertThat(processors.threads()).isEqualTo(threads);
    assertThat(processors.meter(threads)).isEqualTo(quota < threads);
  }

  @Test
  void aQuotaOfTheContainerIsFound() {
    withEightProcessors()
        .withAllowed("0-7")
        .withGroupV2("/")
        .with("/sys/fs/cgroup/cpu.max", "150000 100000");
    assertThat(host.processors(2).threads()).isEqualTo(2);
    assertThat(host.processors(2))
        .hasToString("8 processors are allowed (0-7), on 4 cores, with a quota of 1.50");
  }

  @Test
  void whatTheJvmIsToldToCountHolds() {
    withEightProcessors().withAllowed("0-7");
    assertThat(host.processors(3).threads()).isEqualTo(3);
    assertThat(host.processors(1).threads()).isEqualTo(1);
  }

  @Test
  void enginesOfThisProcessKnowOfEachOther() {
    try (CoreShare one = CoreShare.ofThisProcess(1);
        CoreShare other = CoreShare.ofThisProcess(1)) {
      one.now();
      other.now();
      assertThat(other.use()).isNotEqualTo(CoreUse.ALONE);
    }
  }

  @Test
  void thisHostHasAtLeastOne() {
    try (CoreShare share = CoreShare.ofThisProcess(0)) {
      assertThat(share.most()).isBetween(1, Runtime.getRuntime().availableProcessors());
      assertThat(share.now()).isBetween(1, share.most());
    }
    try (CoreShare share = CoreShare.ofThisProcess(7)) {
      assertThat(share.most()).isEqualTo(7);
      assertThat(share.now()).isEqualTo(7);
    }
  }
}
