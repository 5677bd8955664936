package io.flinkmistral.jobs.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.jobs.chaos.Disturbance.Victim;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChaosPlanTest {
  private static final ChaosSettings LONG = new ChaosSettings(7, 200, 5, 14, 1);

  @Test
  void aLongRunHitsAllAsOftenAsIsWanted() {
    List<Disturbance> plan = ChaosPlan.of(LONG);
    assertThat(hits(plan, Victim.TASK_MANAGER)).isEqualTo(10);
    assertThat(hits(plan, Victim.JOB_MANAGER)).isEqualTo(2);
    assertThat(hits(plan, Victim.BROKER)).isEqualTo(2);
    assertThat(plan)
        .filteredOn(blow -> !blow.isKill())
        .singleElement()
        .satisfies(blow -> assertThat(blow.downMillis()).isEqualTo(20_000));
  }

  @Test
  void taskManagersAreHitAtEveryMoment() {
    for (int seed = 0; seed < 50; seed++) {
      assertThat(ChaosPlan.of(new ChaosSettings(seed, 200, 5, 14, 1)))
          .filteredOn(blow -> blow.victim() == Victim.TASK_MANAGER)
          .extracting(Disturbance::moment)
          .contains(Moment.values());
    }
  }

  @Test
  void blowsAreSpreadOverTheRunInTheirOrder() {
    List<Disturbance> plan = ChaosPlan.of(LONG);
    assertThat(plan)
        .isSortedAccordingTo(Comparator.comparingDouble(Disturbance::progress))
        .first()
        .satisfies(first -> assertThat(first.moment()).isNotEqualTo(Moment.RECOVERY));
    assertThat(plan.getLast().progress()).isCloseTo(0.9, within(0.05));
  }

  @Test
  void aSeedAlwaysGivesTheSamePlanAndTheSameRequests() {
    assertThat(ChaosPlan.of(LONG)).isEqualTo(ChaosPlan.of(LONG));
    assertThat(ChaosPlan.of(LONG)).isNotEqualTo(ChaosPlan.of(new ChaosSettings(8, 200, 5, 14, 1)));
    assertThat(ChaosRequest.of(LONG)).usingRecursiveComparison().isEqualTo(ChaosRequest.of(LONG));
  }

  @Test
  void fewKillsHitOneOfEachKind() {
    List<Disturbance> plan = ChaosPlan.of(new ChaosSettings(1, 24, 3, 3, 0));
    assertThat(plan)
        .extracting(Disturbance::victim)
        .containsExactlyInAnyOrder(Victim.TASK_MANAGER, Victim.JOB_MANAGER, Victim.BROKER);
  }

  private static long hits(List<Disturbance> plan, Victim victim) {
    return plan.stream().filter(blow -> blow.victim() == victim).count();
  }
}
