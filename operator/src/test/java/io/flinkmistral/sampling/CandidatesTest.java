package io.flinkmistral.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CandidatesTest {
  /** The definition, by a sort: of equally typical ones the more probable are kept. */
  private static int[] typical(Candidates of, double p) {
    double total = 0;
    for (double weight : of.weights()) {
      total += weight;
    }
    double[] surprises = new double[of.weights().length];
    double entropy = 0;
    for (int i = 0; i < surprises.length; i++) {
      double probability = of.weights()[i] / total;
      surprises[i] = -StrictMath.log(probability);
      entropy += probability == 0 ? 0 : probability * surprises[i];
    }
    double expected = entropy;
    int[] order =
        IntStream.range(0, surprises.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> Math.abs(surprises[i] - expected)))
            .mapToInt(Integer::intValue)
            .toArray();
    int kept = 0;
    double mass = 0;
    while (kept < order.length && mass <= p * total) {
      mass += of.weights()[order[kept++]];
    }
    return Arrays.stream(order, 0, kept).sorted().map(i -> of.tokens()[i]).toArray();
  }

  /** Also where many are equally probable, and on both sides of what is expected. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 500, 4098})
  void typicalTokensAreThoseOfASort(int size) {
    Random random = new Random(size);
    for (int round = 0; round < 40; round++) {
      int kinds = 1 + random.nextInt(1 + size);
      double[] weights =
          random
              .ints(size, 0, kinds)
              .mapToDouble(kind -> StrictMath.exp(-20.0 * kind / kinds))
              .sorted()
              .toArray();
      for (int i = 0; i < size / 2; i++) {
        double other = weights[i];
        weights[i] = weights[size - 1 - i];
        weights[size - 1 - i] = other;
      }
      Candidates all = new Candidates(IntStream.range(0, size).map(i -> 7 * i).toArray(), weights);
      for (double p : new double[] {0.001, 0.2, 0.5, 0.9, 0.999}) {
        Candidates kept = all.typical(p);
        assertThat(kept.tokens()).isEqualTo(typical(all, p));
        assertThat(kept.weights())
            .isEqualTo(
                Arrays.stream(kept.tokens()).mapToDouble(token -> weights[token / 7]).toArray());
      }
    }
  }
}
