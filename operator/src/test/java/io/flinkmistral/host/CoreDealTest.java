package io.flinkmistral.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CoreDealTest {
  @TempDir private Path root;

  private static EngineClaim engine(String name, String cpus, int threads) {
    return new EngineClaim(name, CpuList.parse(cpus).orElseThrow(), threads);
  }

  /** What each engine has by its own reckoning, whatever the order in which it reads the others. */
  private List<Integer> shares(FakeHost host, EngineClaim... engines) {
    List<Integer> shares = new ArrayList<>();
    for (EngineClaim own : engines) {
      List<EngineClaim> others = new ArrayList<>(Arrays.asList(engines));
      others.remove(own);
      int share = CoreDeal.share(own, others, host.cores());
      Collections.reverse(others);
      assertThat(CoreDeal.share(own, others, host.cores())).isEqualTo(share);
      shares.add(share);
    }
    return shares;
  }

  private List<Integer> shares(EngineClaim... engines) {
    return shares(new FakeHost(root), engines);
  }

  @Test
  void oneAloneHasAll() {
    assertThat(shares(engine("a", "0-7", 8))).containsExactly(8);
  }

  @Test
  void engineOnTheSameCoresTakeTurns() {
    assertThat(shares(engine("a", "0-1", 2), engine("b", "0-1", 2))).containsExactly(1, 1);
    assertThat(shares(engine("c", "0-3", 4), engine("b", "0-3", 4), engine("a", "0-3", 4)))
        .containsExactly(1, 1, 2);
  }

  @Test
  void moreEnginesThanCoresHaveOneThreadEach() {
    assertThat(shares(engine("a", "0-1", 2), engine("b", "0-1", 2), engine("c", "0-1", 2)))
        .containsExactly(1, 1, 1);
  }

  @Test
  void enginesOnCoresOfTheirOwnDoNotShare() {
    assertThat(shares(engine("a", "0-3", 4), engine("b", "4-7", 4))).containsExactly(4, 4);
  }

  @Test
  void whoMayRunElsewhereLeavesCoresToThoseWhoMayNot() {
    assertThat(shares(engine("a", "0-7", 8), engine("b", "0-3", 4))).containsExactly(4, 4);
  }

  @Test
  void whatAnEngineDoesNotTakeIsTheOthers() {
    assertThat(shares(engine("a", "0-7", 1), engine("b", "0-7", 8))).containsExactly(1, 7);
  }

  @Test
  void processorsOfOneCoreAreDealtTogether() {
    FakeHost host = new FakeHost(root);
    for (int cpu = 0; cpu < 8; cpu++) {
      host.withSiblings(cpu, "%d-%d".formatted(cpu / 2 * 2, cpu / 2 * 2 + 1));
    }
    assertThat(shares(host, engine("a", "0-7", 4), engine("b", "0-7", 4))).containsExactly(2, 2);
    assertThat(shares(host, engine("a", "0,2,4,6", 4), engine("b", "1,3,5,7", 4)))
        .containsExactly(2, 2);
  }
}
