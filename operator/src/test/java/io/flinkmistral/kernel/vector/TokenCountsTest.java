package io.flinkmistral.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenCountsTest {
  /** In use beside 1, while kernels are compiled and when they are, on all widths. */
  static Stream<Set<Integer>> inUse() {
    return Stream.of(
        Set.of(),
        Set.of(8),
        Set.of(2),
        Set.of(2, 4),
        Set.of(4, 5),
        Set.of(5),
        Set.of(2, 4, 5),
        Set.of(2, 4, 8),
        Set.of(8, 12),
        Set.of(2, 4, 8, 12));
  }

  private static TokenCounts of(Set<Integer> inUse) {
    TokenCounts counts = new TokenCounts();
    counts.useOnly(1);
    inUse.forEach(counts::use);
    return counts;
  }

  @ParameterizedTest
  @MethodSource("inUse")
  void onlyKernelsInUseAreTakenAndNoneIsEmptyByMoreThanHalf(Set<Integer> inUse) {
    assertTaken(inUse, of(inUse)::next, 2);
  }

  @ParameterizedTest
  @MethodSource("inUse")
  void whereNoneMayBeEmptyNoneIs(Set<Integer> inUse) {
    assertTaken(inUse, of(inUse)::nextFull, 1);
  }

  /** What is taken is in use, and at most {@code times} the tokens. */
  private static void assertTaken(Set<Integer> inUse, IntUnaryOperator taken, int times) {
    for (int tokens = 1; tokens <= 100; tokens++) {
      int next = taken.applyAsInt(tokens);
      assertThat(next == 1 || inUse.contains(next)).as("%d of %d", next, tokens).isTrue();
      assertThat(next).isBetween(1, times * tokens);
    }
  }

  @Test
  void beforeOthersAreCompiledUpToFourAreTaken() {
    assertThat(groups(new TokenCounts(), 11)).containsExactly(4, 4, 4);
  }

  @Test
  void fewTokensShareAGroupOfEightOnlyIfTheyFillHalfOfIt() {
    TokenCounts counts = of(Set.of(8));
    assertThat(groups(counts, 3)).containsExactly(1, 1, 1);
    assertThat(groups(counts, 4)).containsExactly(8);
    assertThat(groups(counts, 19)).containsExactly(8, 8, 1, 1, 1);
  }

  @Test
  void ofFivesNoThreeAreLeft() {
    TokenCounts counts = of(Set.of(2, 4, 5));
    assertThat(groups(counts, 13)).containsExactly(4, 5, 4);
    assertThat(groups(counts, 12)).containsExactly(5, 5, 2);
  }

  @Test
  void whereTheFirstKernelTakesTwoASingleTokenLeavesHalfOfItEmpty() {
    TokenCounts counts = new TokenCounts();
    counts.useOnly(2);
    assertThat(groups(counts, 5)).containsExactly(2, 2, 2);
    counts.use(1);
    assertThat(groups(counts, 5)).containsExactly(2, 2, 1);
  }

  @Test
  void whatAnotherModelHasHadCompiledStaysInUse() {
    TokenCounts counts = new TokenCounts();
    counts.use(4);
    counts.useOnly(1);
    assertThat(groups(counts, 9)).containsExactly(4, 4, 1);
  }

  private static List<Integer> groups(TokenCounts counts, int tokens) {
    List<Integer> groups = new ArrayList<>();
    for (int left = tokens; left > 0; left -= groups.getLast()) {
      groups.add(counts.next(left));
    }
    return groups;
  }
}
