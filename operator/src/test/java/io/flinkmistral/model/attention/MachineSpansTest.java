package io.flinkmistral.model.attention;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.KvWriter;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.KernelChoice;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.kernel.ScalarKernels;
import io.flinkmistral.kernel.bytecode.CacheReading;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.machine.InstructionSet;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.model.pass.SequenceInput.Wanted;
import io.flinkmistral.model.pass.TokenRows;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Attention by machine code gives the bits of plain loops. */
@Timeout(60)
class MachineSpansTest {
  /**
   * @param group query heads of a KV head
   * @param before positions in the cache
   * @param tokens that attend
   */
  private record Case(
      KvType type, int group, int headDim, int pageTokens, int window, int before, int tokens) {
    TransformerConfig config() {
      return new TransformerConfig(
          64,
          2,
          2 * group,
          2,
          headDim,
          64,
          64,
          1e-5f,
          1e4,
          RopeLayout.HALVES,
          window == 0 ? OptionalInt.empty() : OptionalInt.of(window),
          1024);
    }
  }

  static Stream<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (KvType type : List.of(KvType.F16, KvType.Q8_0)) {
      for (int tokens : new int[] {1, 2, 3, 4, 5, 16, 17, 40}) {
        cases.add(new Case(type, 4, 128, 16, 0, 300, tokens));
      }
      // Nothing before; a span's and a page's edges.
      for (int before : new int[] {0, 1, 15, 16, 255, 256, 511}) {
        cases.add(new Case(type, 4, 32, 16, 0, before, 3));
      }
      // Windows that begin inside a piece, and end before a tile does.
      for (int window : new int[] {1, 5, 16, 100, 257}) {
        cases.add(new Case(type, 4, 32, 16, window, 290, 1));
        cases.add(new Case(type, 4, 32, 16, window, 290, 20));
      }
      // Other groups, heads and pages.
      cases.add(new Case(type, 1, 64, 16, 0, 70, 5));
      cases.add(new Case(type, 3, 96, 48, 0, 70, 7));
      cases.add(new Case(type, 8, 160, 32, 33, 70, 2));
    }
    cases.add(new Case(KvType.F16, 5, 80, 16, 0, 40, 3));
    return cases.stream();
  }

  static Stream<Kernels> kernels() {
    return Host.get().instructionSets().stream()
        .map(InstructionSet::name)
        .map(KernelChoice::valueOf)
        .map(choice -> Kernels.best(Precision.QUANTIZED, choice));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void bitsAreThoseOfPlainLoops(Case one) {
    for (boolean extreme : new boolean[] {false, true}) {
      float[] expected = attend(one, new ScalarKernels(), 1, extreme);
      kernels()
          .forEach(
              kernels -> {
                for (int threads : new int[] {1, 3}) {
                  float[] actual = attend(one, kernels, threads, extreme);
                  for (int i = 0; i < expected.length; i++) {
                    assertThat(Float.floatToIntBits(actual[i]))
                        .as("%s, number %d of %s", kernels.description(), i, one)
                        .isEqualTo(Float.floatToIntBits(expected[i]));
                  }
                }
              });
    }
  }

  /**
   * @param extreme whether some queries are infinite, no number, or so great that scores overflow
   */
  private static float[] attend(Case one, Kernels kernels, int threads, boolean extreme) {
    TransformerConfig config = one.config();
    KvLayout layout = KvLayout.of(config, one.pageTokens, one.type);
    int width = config.heads() * config.headDim();
    int layer = 1;
    Random random = new Random(7);
    try (KvPagePool pool = new KvPagePool(layout);
        KvCache cache = new KvCache(layout, config.window(), pool, 0);
        WorkPool threadPool = WorkPool.of(threads)) {
      KvWriter writer = new KvWriter(layout);
      cache.reserve(one.before + one.tokens);
      for (int i = 0; i < one.before + one.tokens; i++) {
        float[] key = normal(random, config.kvHeads() * config.headDim());
        float[] value = normal(random, config.kvHeads() * config.headDim());
        writer.write(cache, layer, i, key, value, 0);
      }
      cache.advance(one.before);
      float[] query = normal(random, one.tokens * width);
      if (extreme) {
        float[] numbers = {3e38f, Float.NaN, Float.POSITIVE_INFINITY, -3e38f, 1e-40f};
        for (int i = 0; i < numbers.length; i++) {
          query[random.nextInt(query.length)] = numbers[i];
        }
      }
      Attention attention = new Attention(config, layout, kernels);
      SequenceInput input = new SequenceInput(cache, new int[one.tokens], Wanted.NONE);
      float[] out = new float[one.tokens * width];
      List<QueryTile> tiles =
          attention.tiles(TokenRows.last(List.of(input), all -> all.tokens().length));
      attention.attend(tiles, layer, query, out, threadPool);
      return out;
    }
  }

  private static float[] normal(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  @Test
  void itIsTakenWhereItCanBe() {
    kernels()
        .forEach(
            kernels -> {
              assertThat(reading(KvType.F16, 4, 128, 16, kernels))
                  .isEqualTo(new CacheReading.ByMachineCode());
              assertThat(reading(KvType.Q8_0, 3, 64, 16, kernels))
                  .isEqualTo(new CacheReading.ByMachineCode());
              assertThat(reading(KvType.F32, 4, 128, 16, kernels))
                  .isEqualTo(new CacheReading.ByPanels());
              assertThat(reading(KvType.F16, 4, 128, 8, kernels))
                  .isEqualTo(new CacheReading.ByPanels());
              assertThat(reading(KvType.F16, 4, 40, 16, kernels))
                  .isEqualTo(new CacheReading.ByPanels());
            });
    Kernels vectors = Kernels.best(Precision.QUANTIZED, KernelChoice.VECTOR);
    assertThat(reading(KvType.F16, 4, 128, 16, vectors)).isInstanceOf(CacheReading.InPlace.class);
  }

  private static CacheReading reading(
      KvType type, int group, int headDim, int pageTokens, Kernels kernels) {
    TransformerConfig config = new Case(type, group, headDim, pageTokens, 0, 0, 0).config();
    return Attention.reading(config, KvLayout.of(config, pageTokens, type), kernels);
  }
}
