package io.flinkmistral.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.protocol.SamplingParams;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplerTest {
  private static final int DRAWS = 40_000;

  /** Probabilities at temperature 1: about 0.47, 0.26, 0.17, 0.10 for the tokens 2, 0, 3, 1. */
  private static final float[] LOGITS = {9, 1.0f, 0f, 1.6f, 0.6f, -9};

  @Test
  void temperatureZeroTakesTheFirstOfTheGreatest() {
    float[] logits = {-1, 3, 2, 3};
    assertThat(new Sampler(SamplingParams.DEFAULT, 1, List.of()).sample(logits, 0, 4, 0))
        .isEqualTo(1);
    assertThat(new Sampler(SamplingParams.DEFAULT, 1, List.of()).sample(logits, 2, 2, 0))
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 0, 0", "0.7, 1, 0, 0", "1.5, 0.8, 0, 0", "1, 1, 2, 0", "1, 1, 0, 0.5"})
  void drawsEachTokenAsOftenAsItsProbabilitySays(
      double temperature, double topP, int topK, double minP) {
    double[] expected = probabilities(temperature, topP, topK, minP);
    int[] counts = new int[4];
    Sampler sampler = new Sampler(params(temperature, topP, topK, minP), 42, List.of());
    for (int i = 0; i < DRAWS; i++) {
      counts[sampler.sample(LOGITS, 1, 4, i)]++;
    }
    for (int token = 0; token < 4; token++) {
      if (expected[token] == 0) {
        assertThat(counts[token]).as("token %d", token).isZero();
      } else {
        assertThat((double) counts[token] / DRAWS)
            .as("token %d", token)
            .isCloseTo(expected[token], within(0.012));
      }
    }
  }

  @Test
  void aTokenDependsOnSeedAndIndexAlone() {
    float[] logits = randomLogits(1000);
    Sampler one = new Sampler(params(1, 1, 0, 0), 7, List.of());
    Sampler same = new Sampler(params(1, 1, 0, 0), 7, List.of());
    Sampler other = new Sampler(params(1, 1, 0, 0), 8, List.of());
    int differences = 0;
    for (int i = 99; i >= 0; i--) {
      assertThat(same.sample(logits, 0, 1000, i)).isEqualTo(one.sample(logits, 0, 1000, i));
      differences += other.sample(logits, 0, 1000, i) == one.sample(logits, 0, 1000, i) ? 0 : 1;
    }
    assertThat(differences).isGreaterThan(50);
  }

  @Test
  void equallyProbableTokensAreOrderedById() {
    float[] logits = new float[10];
    Sampler sampler = new Sampler(params(1, 1, 3, 0), 5, List.of());
    for (int i = 0; i < 1000; i++) {
      assertThat(sampler.sample(logits, 0, 10, i)).isBetween(0, 2);
    }
  }

  @Test
  void aTinyTopPLeavesTheMostProbableToken() {
    float[] logits = randomLogits(500);
    int best = Sampler.argmax(logits, 0, 500);
    for (int i = 0; i < 100; i++) {
      assertThat(new Sampler(params(2, 1e-9, 0, 0), 3, List.of()).sample(logits, 0, 500, i))
          .isEqualTo(best);
    }
  }

  @ParameterizedTest
  @CsvSource({"0.25, 1", "0.26, 2", "0.5, 2", "0.51, 3", "0.75, 3", "0.76, 4", "1, 4"})
  void topPTakesNoMoreOnceItsMassIsReachedExactly(double topP, int kept) {
    // Four tokens of exactly a quarter each.
    assertThat(drawn(new float[4], params(1, topP, 0, 0)))
        .containsExactlyElementsOf(IntStream.range(0, kept).boxed().toList());
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 3", "4, 4", "5, 4", "2147483647, 4", "0, 4"})
  void topKTakesExactlyAsMany(int topK, int kept) {
    assertThat(drawn(new float[4], params(1, 1, topK, 0)))
        .containsExactlyElementsOf(IntStream.range(0, kept).boxed().toList());
  }

  @Test
  void minPKeepsWhatIsExactlyAsProbable() {
    float[] logits = {2, 1.999f, 2, 2};
    assertThat(drawn(logits, params(1, 1, 0, 1))).containsExactly(0, 2, 3);
    assertThat(drawn(logits, params(1, 1, 0, 0.998))).containsExactly(0, 1, 2, 3);
    // A token of exactly half the probability, at a temperature of 1.
    float half = (float) StrictMath.log(0.5);
    double weight = StrictMath.exp(half);
    float[] two = {0, half};
    assertThat(drawn(two, params(1, 1, 0, weight))).containsExactly(0, 1);
    assertThat(drawn(two, params(1, 1, 0, Math.nextUp(weight)))).containsExactly(0);
  }

  @Test
  void atAHighTemperatureManyTokensOfLittleProbabilityAreDrawnNowAndThen() {
    float[] logits = new float[30_000];
    Arrays.fill(logits, -25);
    logits[7] = 0;
    // Each has a probability of exp(-12.5); together they have 0.1.
    assertThat(drawn(logits, params(2, 1, 0, 0))).hasSizeGreaterThan(20);
  }

  @Test
  void anInfiniteLogitIsChosen() {
    float[] logits = {0, Float.POSITIVE_INFINITY, 3, Float.POSITIVE_INFINITY};
    assertThat(drawn(logits, params(1, 1, 0, 0))).containsExactly(1);
    assertThat(drawn(logits, params(1, 0.5, 3, 0.1))).containsExactly(1);
  }

  /** A savepoint's half-written answer goes on with these; computed apart, by the definition. */
  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 0, 7, 79 90 84 35 68 19 49 38 16 30 95 60 18 8 90 87",
    "1, 1, 0, 0, -3, 60 27 46 49 30 49 38 87 30 60 19 60 27 79 5 60",
    "0.7, 0.95, 40, 0.01, 7, 19 60 87 27 79 90 90 49 68 30 57 30 5 49 60 68",
    "0.7, 0.95, 40, 0.01, -3, 30 8 68 19 30 90 49 38 30 30 90 60 8 19 98 30",
    "2, 0.9, 0, 0, 7, 27 79 21 73 46 79 38 87 54 60 32 90 100 57 49 24",
    "1.5, 1, 0, 0.05, 7, 68 49 2 54 57 49 79 27 35 60 43 90 40 98 19 35"
  })
  void drawsTheSameTokensInAllVersions(
      double temperature, double topP, int topK, double minP, long seed, String tokens) {
    float[] logits = new float[101];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = i * 37 % 101 / 8f;
    }
    Sampler sampler = new Sampler(params(temperature, topP, topK, minP), seed, List.of());
    assertThat(
            IntStream.range(0, 16)
                .mapToObj(i -> String.valueOf(sampler.sample(logits, 0, logits.length, i)))
                .collect(Collectors.joining(" ")))
        .isEqualTo(tokens);
  }

  /** All tokens of a thousand draws. */
  private static Set<Integer> drawn(float[] logits, SamplingParams params) {
    Sampler sampler = new Sampler(params, 11, List.of());
    return IntStream.range(0, 1000)
        .mapToObj(i -> sampler.sample(logits, 0, logits.length, i))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void logitsThatAreNotNumbersStillGiveAToken() {
    float[] logits = {Float.NaN, Float.NaN};
    assertThat(new Sampler(params(1, 1, 0, 0), 3, List.of()).sample(logits, 0, 2, 0))
        .isBetween(0, 1);
    float[] one = {Float.NaN, 2, Float.NEGATIVE_INFINITY};
    assertThat(new Sampler(params(1, 1, 0, 0), 3, List.of()).sample(one, 0, 3, 0)).isEqualTo(1);
  }

  /** By the definition, over the tokens 0 to 3, which are {@code LOGITS[1..4]}. */
  private static double[] probabilities(double temperature, double topP, int topK, double minP) {
    int[] order = {2, 0, 3, 1};
    double[] p = new double[4];
    double total = 0;
    for (int i = 0; i < 4; i++) {
      p[i] = Math.exp(LOGITS[1 + i] / temperature);
    }
    for (int rank = 0; rank < 4; rank++) {
      p[order[rank]] = topK == 0 || rank < topK ? p[order[rank]] : 0;
      total += p[order[rank]];
    }
    double mass = 0;
    double kept = 0;
    for (int token : order) {
      p[token] /= total;
      p[token] = mass >= topP || p[token] < minP * p[order[0]] ? 0 : p[token];
      mass += p[token];
      kept += p[token];
    }
    for (int i = 0; i < 4; i++) {
      p[i] /= kept;
    }
    return p;
  }

  private static SamplingParams params(double temperature, double topP, int topK, double minP) {
    return new SamplingParams(temperature, topP, topK, minP, OptionalLong.empty());
  }

  private static float[] randomLogits(int size) {
    Random random = new Random(11);
    float[] logits = new float[size];
    for (int i = 0; i < size; i++) {
      logits[i] = (float) random.nextGaussian();
    }
    return logits;
  }
}
