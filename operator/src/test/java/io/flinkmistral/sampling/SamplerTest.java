package io.flinkmistral.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.flinkmistral.protocol.SamplingParams;
import java.util.OptionalLong;
import java.util.Random;
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
    assertThat(new Sampler(SamplingParams.DEFAULT, 1).sample(logits, 0, 4, 0)).isEqualTo(1);
    assertThat(new Sampler(SamplingParams.DEFAULT, 1).sample(logits, 2, 2, 0)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 0, 0", "0.7, 1, 0, 0", "1.5, 0.8, 0, 0", "1, 1, 2, 0", "1, 1, 0, 0.5"})
  void drawsEachTokenAsOftenAsItsProbabilitySays(
      double temperature, double topP, int topK, double minP) {
    double[] expected = probabilities(temperature, topP, topK, minP);
    int[] counts = new int[4];
    Sampler sampler = new Sampler(params(temperature, topP, topK, minP), 42);
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
    Sampler one = new Sampler(params(1, 1, 0, 0), 7);
    Sampler same = new Sampler(params(1, 1, 0, 0), 7);
    Sampler other = new Sampler(params(1, 1, 0, 0), 8);
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
    Sampler sampler = new Sampler(params(1, 1, 3, 0), 5);
    for (int i = 0; i < 1000; i++) {
      assertThat(sampler.sample(logits, 0, 10, i)).isBetween(0, 2);
    }
  }

  @Test
  void aTinyTopPLeavesTheMostProbableToken() {
    float[] logits = randomLogits(500);
    int best = Sampler.argmax(logits, 0, 500);
    for (int i = 0; i < 100; i++) {
      assertThat(new Sampler(params(2, 1e-9, 0, 0), 3).sample(logits, 0, 500, i)).isEqualTo(best);
    }
  }

  @Test
  void logitsThatAreNotNumbersStillGiveAToken() {
    float[] logits = {Float.NaN, Float.NaN};
    assertThat(new Sampler(params(1, 1, 0, 0), 3).sample(logits, 0, 2, 0)).isBetween(0, 1);
    float[] one = {Float.NaN, 2, Float.NEGATIVE_INFINITY};
    assertThat(new Sampler(params(1, 1, 0, 0), 3).sample(one, 0, 3, 0)).isEqualTo(1);
  }

  @Test
  void seedsOfRequestsComeFromBothIds() {
    long seed = TokenRandom.seedOf("c", "r");
    assertThat(TokenRandom.seedOf("c", "r")).isEqualTo(seed);
    assertThat(TokenRandom.seedOf("c", "s")).isNotEqualTo(seed);
    assertThat(TokenRandom.seedOf("d", "r")).isNotEqualTo(seed);
    assertThat(TokenRandom.seedOf("cr", "")).isNotEqualTo(seed);
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
