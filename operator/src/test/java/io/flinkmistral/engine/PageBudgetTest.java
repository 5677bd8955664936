package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Callers a and b, who write down when they are told that there may be room. */
class PageBudgetTest {
  private final PageBudget budget = new PageBudget();
  private final List<String> told = new ArrayList<>();

  @Test
  void thereIsRoomUpToExactlyAllPages() {
    budget.growTo(10);
    assertThat(budget.capacity()).isEqualTo(10);
    assertThat(reserve("a", 6)).isTrue();
    assertThat(reserve("b", 4)).isTrue();
    assertThat(reserve("a", 1)).isFalse();
    budget.release(4);
    assertThat(told).as("who waits looks again").containsExactly("a");
    assertThat(reserve("a", 4)).isTrue();
  }

  @Test
  void theMostThatACallerAskedForCounts() {
    budget.growTo(10);
    budget.growTo(5);
    assertThat(reserve("a", 11)).isFalse();
    budget.growTo(11);
    assertThat(told).containsExactly("a");
    assertThat(reserve("a", 11)).isTrue();
    assertThat(reserve("b", Integer.MAX_VALUE)).as("no overflow").isFalse();
  }

  @Test
  void nobodyPassesOverWhoCameBefore() {
    budget.growTo(10);
    assertThat(reserve("a", 8)).isTrue();
    assertThat(reserve("a", 8)).isFalse();
    assertThat(reserve("b", 1)).as("a waits").isFalse();
    budget.release(8);
    assertThat(reserve("b", 1)).isFalse();
    assertThat(reserve("a", 8)).isTrue();
    assertThat(told).as("then b is first").containsExactly("a", "b");
    assertThat(reserve("b", 1)).isTrue();
  }

  @Test
  void whoWaitsNoLongerMakesWay() {
    budget.growTo(10);
    assertThat(reserve("a", 10)).isTrue();
    assertThat(reserve("a", 10)).isFalse();
    assertThat(reserve("b", 10)).isFalse();
    budget.leave("a");
    assertThat(told).containsExactly("b");
    budget.release(10);
    assertThat(reserve("b", 10)).isTrue();
  }

  private boolean reserve(String caller, int pages) {
    return budget.tryReserve(caller, pages, () -> told.add(caller));
  }
}
