package io.flinkmistral.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RankingTest {
  private static final int OFFSET = 3;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 10, 999, 1000, 1001, 5000, 32_000})
  void theGreatestLogitsComeFirstWhateverTheirNumber(int size) {
    float[] logits = logits(size);
    for (int atMost : new int[] {1, 2, 40, 600, size / 2, size, 2 * size}) {
      if (atMost > 0) {
        assertThat(Ranking.mostProbable(logits, OFFSET, size, -1, atMost))
            .as("%d of %d", atMost, size)
            .isEqualTo(byComparisons(logits, size, -1, atMost));
      }
    }
  }

  @Test
  void logitsThatGrowOrShrinkAreRankedToo() {
    float[] logits = logits(4000);
    Arrays.sort(logits, OFFSET, logits.length);
    assertRanked(logits, 4000);
    for (int i = OFFSET; i < logits.length; i++) {
      logits[i] = -logits[i];
    }
    assertRanked(logits, 4000);
  }

  @Test
  void equalLogitsAreOrderedByIdWhereverTheyStand() {
    Random random = new Random(3);
    float[] logits = new float[OFFSET + 5000];
    for (int i = OFFSET; i < logits.length; i++) {
      logits[i] = random.nextInt(4) - 2;
    }
    assertRanked(logits, 5000);
  }

  @Test
  void zerosOfBothSignsAreEqualAndInfinityIsTheGreatest() {
    float[] logits = {9, 9, 9, -0f, 0f, Float.POSITIVE_INFINITY, -0f, Float.MIN_VALUE};
    assertThat(Ranking.mostProbable(logits, OFFSET, 5, -1, 5)).containsExactly(2, 4, 0, 1, 3);
  }

  @Test
  void whatIsNotANumberOrTooLowIsLeftOut() {
    float[] logits = {9, 9, 9, Float.NaN, 1, Float.NEGATIVE_INFINITY, 0.5f, 2};
    assertThat(Ranking.mostProbable(logits, OFFSET, 5, 1, 5)).containsExactly(4, 1);
    assertThat(Ranking.mostProbable(logits, OFFSET, 1, 1, 5)).isEmpty();
  }

  private static void assertRanked(float[] logits, int size) {
    for (int atMost : new int[] {1, 40, 1500, size}) {
      assertThat(Ranking.mostProbable(logits, OFFSET, size, -2, atMost))
          .isEqualTo(byComparisons(logits, size, -2, atMost));
    }
  }

  private static int[] byComparisons(float[] logits, int size, double lowest, int atMost) {
    return IntStream.range(0, size)
        .filter(id -> logits[OFFSET + id] >= lowest)
        .boxed()
        .sorted(Comparator.comparing(id -> -logits[OFFSET + id]))
        .mapToInt(Integer::intValue)
        .limit(atMost)
        .toArray();
  }

  private static float[] logits(int size) {
    Random random = new Random(size);
    float[] logits = new float[OFFSET + size];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    return logits;
  }
}
