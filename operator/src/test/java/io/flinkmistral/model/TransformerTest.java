package io.flinkmistral.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPage;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.ScalarKernels;
import io.flinkmistral.kernel.VectorKernels;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.pass.HiddenStates;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.PassOutput;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class TransformerTest {
  private static final int LENGTH = 37;
  private static final RandomModel WINDOWED =
      RandomModel.of(RopeLayout.INTERLEAVED, OptionalInt.of(9));

  static Stream<RandomModel> models() {
    return Stream.of(
        WINDOWED,
        RandomModel.of(RopeLayout.HALVES, OptionalInt.of(9)),
        RandomModel.of(RopeLayout.INTERLEAVED, OptionalInt.empty()));
  }

  @ParameterizedTest
  @MethodSource("models")
  void agreesWithTheFormulasInDoublePrecision(RandomModel model) {
    int[] tokens = model.tokens(1, LENGTH);
    double[][] expected = new NaiveTransformer(model).logits(tokens);
    float[][] actual = logits(model, Kernels.best(), KvType.F32, 1, tokens, LENGTH);
    NaiveTransformer.assertAgrees(actual, expected);
  }

  @ParameterizedTest
  @EnumSource(KvType.class)
  void logitsAreTheSameForEveryChunkThreadCountAndVectorWidth(KvType type) {
    int[] tokens = WINDOWED.tokens(2, LENGTH);
    float[][] expected = logits(WINDOWED, new ScalarKernels(), type, 1, tokens, LENGTH);
    for (int bits : VectorKernels.widths()) {
      for (int threads : new int[] {1, 2}) {
        for (int chunk : new int[] {1, 7, 16, LENGTH}) {
          assertThat(logits(WINDOWED, VectorKernels.ofWidth(bits), type, threads, tokens, chunk))
              .as("%d bits, %d threads, chunks of %d", bits, threads, chunk)
              .isDeepEqualTo(expected);
        }
      }
    }
  }

  /** What a few tokens read as it is in pages, one by one, longer chunks read from panels. */
  @ParameterizedTest
  @CsvSource({
    "F16, 80, 16, 270, 300",
    "F16, 80, 48, 270, 300",
    "F16, 80, 32, 16, 80",
    "Q8_0, 96, 16, 270, 300",
    "Q8_0, 96, 48, 270, 300",
    "Q8_0, 32, 32, 16, 80"
  })
  void fourHeadsReadPagesToTheSameBitsInAnyChunk(
      KvType type, int headDim, int pageTokens, int window, int length) {
    RopeLayout rope = RopeLayout.INTERLEAVED;
    TransformerConfig config =
        new TransformerConfig(
            32, 2, 8, 2, headDim, 40, 64, 1e-5f, 1e4, rope, OptionalInt.of(window), 512);
    RandomModel model = RandomModel.of(config, pageTokens);
    int[] tokens = model.tokens(2, length);
    float[][] expected = logits(model, new ScalarKernels(), type, 2, tokens, length);
    for (int bits : VectorKernels.widths()) {
      for (int chunk : new int[] {1, 3, 7, length}) {
        assertThat(logits(model, VectorKernels.ofWidth(bits), type, 2, tokens, chunk))
            .as("%d bits, chunks of %d", bits, chunk)
            .isDeepEqualTo(expected);
      }
    }
  }

  @Test
  void logitsAreTheSameAloneAndInABatchOfSeven() {
    int[][] prompts =
        IntStream.range(0, 7).mapToObj(i -> WINDOWED.tokens(i, 5 + 6 * i)).toArray(int[][]::new);
    try (WorkPool pool = WorkPool.of(2)) {
      Transformer transformer = WINDOWED.transformer(Kernels.best(), KvType.F16, pool);
      List<KvCache> caches =
          Arrays.stream(prompts).map(prompt -> WINDOWED.cache(KvType.F16)).toList();
      float[][] last = new float[prompts.length][];
      int[] fed = new int[prompts.length];
      for (int step = 0; IntStream.range(0, 7).anyMatch(i -> fed[i] < prompts[i].length); step++) {
        List<SequenceInput> batch = new ArrayList<>();
        List<Integer> members = new ArrayList<>();
        for (int i = 0; i < prompts.length; i++) {
          int end = Math.min(prompts[i].length, fed[i] + 1 + (step + i) % 5);
          if (end > fed[i]) {
            int[] chunk = Arrays.copyOfRange(prompts[i], fed[i], end);
            batch.add(new SequenceInput(caches.get(i), chunk, SequenceInput.Wanted.LAST));
            members.add(i);
            fed[i] = end;
          }
        }
        Logits logits = transformer.forward(batch);
        for (int row = 0; row < logits.rows(); row++) {
          last[members.get(row)] = logits.row(row);
        }
      }
      for (int i = 0; i < prompts.length; i++) {
        float[][] alone =
            logits(WINDOWED, Kernels.best(), KvType.F16, 1, prompts[i], prompts[i].length);
        assertThat(last[i]).as("prompt %d", i).isEqualTo(alone[alone.length - 1]);
      }
    }
  }

  /** The last layer computes for wanted tokens alone, and keys and values of all. */
  @ParameterizedTest
  @EnumSource(KvType.class)
  void logitsAreTheSameWhateverElseIsWantedInThePassAndBefore(KvType type) {
    List<SequenceInput.Wanted> kinds = List.of(SequenceInput.Wanted.values());
    int[] lengths = {5, 1, 17, 9};
    int sequences = 5;
    try (WorkPool pool = WorkPool.of(2)) {
      Transformer transformer = WINDOWED.transformer(Kernels.best(), type, pool);
      int[][] prompts = new int[sequences][];
      float[][][] expected = new float[sequences][][];
      List<KvCache> caches = new ArrayList<>();
      for (int i = 0; i < sequences; i++) {
        prompts[i] = WINDOWED.tokens(i, IntStream.of(lengths).sum());
        expected[i] = logits(WINDOWED, Kernels.best(), type, 1, prompts[i], prompts[i].length);
        caches.add(WINDOWED.cache(type));
      }
      int fed = 0;
      for (int step = 0; step < lengths.length; step++) {
        List<SequenceInput> batch = new ArrayList<>();
        List<float[]> wanted = new ArrayList<>();
        int end = fed + lengths[step];
        for (int i = 0; i < sequences; i++) {
          int[] chunk = Arrays.copyOfRange(prompts[i], fed, end);
          SequenceInput input =
              new SequenceInput(caches.get(i), chunk, kinds.get((i + step) % kinds.size()));
          wanted.addAll(List.of(expected[i]).subList(end - input.logitRows(), end));
          batch.add(input);
        }
        PassOutput output = transformer.pass(batch);
        Logits logits = output.logits();
        assertThat(output.hidden().rows())
            .isEqualTo(batch.stream().mapToInt(SequenceInput::hiddenRows).sum());
        assertThat(IntStream.range(0, logits.rows()).mapToObj(logits::row).toArray(float[][]::new))
            .as("step %d", step)
            .isDeepEqualTo(wanted.toArray(float[][]::new));
        fed = end;
      }
    }
  }

  /** Logits are the output's products with hidden states: these are those that logits are of. */
  @ParameterizedTest
  @EnumSource(KvType.class)
  void hiddenStatesAreTheSameInAnyBatchAndChunks(KvType type) {
    int[] tokens = WINDOWED.tokens(3, 31);
    int dim = WINDOWED.config().dim();
    try (WorkPool pool = WorkPool.of(2)) {
      Transformer transformer = WINDOWED.transformer(Kernels.best(), type, pool);
      float[] whole = hidden(transformer, WINDOWED.cache(type), tokens, List.of());
      KvCache chunked = WINDOWED.cache(type);
      KvCache beside = WINDOWED.cache(type);
      for (int from = 0; from < tokens.length; ) {
        int to = Math.min(tokens.length, from + 1 + from % 7);
        int[] chunk = Arrays.copyOfRange(tokens, from, to);
        SequenceInput other = new SequenceInput(beside, chunk, SequenceInput.Wanted.ALL);
        assertThat(hidden(transformer, chunked, chunk, List.of(other)))
            .isEqualTo(Arrays.copyOfRange(whole, from * dim, to * dim));
        from = to;
      }
    }
  }

  private static float[] hidden(
      Transformer transformer, KvCache cache, int[] tokens, List<SequenceInput> before) {
    List<SequenceInput> batch = new ArrayList<>(before);
    batch.add(new SequenceInput(cache, tokens, SequenceInput.Wanted.ALL_HIDDEN));
    HiddenStates hidden = transformer.pass(batch).hidden();
    return Arrays.copyOf(hidden.values(), hidden.rows() * hidden.dim());
  }

  @ParameterizedTest
  @MethodSource("models")
  void aCacheRestoredFromItsFullPagesGoesOnAsIfNothingHadHappened(RandomModel model) {
    int[] tokens = model.tokens(3, LENGTH);
    float[][] expected = logits(model, Kernels.best(), KvType.F16, 1, tokens, LENGTH);
    try (WorkPool pool = WorkPool.of(1)) {
      Transformer transformer = model.transformer(Kernels.best(), KvType.F16, pool);
      for (int cut = 1; cut < LENGTH; cut++) {
        KvCache before = model.cache(KvType.F16);
        List<KvPage> pages = new ArrayList<>();
        for (int t = 0; t < cut; t++) {
          feed(transformer, before, tokens[t]);
          pages.addAll(before.takeFilled());
        }
        KvLayout layout = model.layout(KvType.F16);
        int first = before.firstPage();
        KvCache after = new KvCache(layout, model.config().window(), new KvPagePool(layout), first);
        pages.stream().filter(page -> page.index() >= first).forEach(after::restore);
        assertThat(after.length()).isEqualTo(cut - cut % layout.pageTokens());
        for (int t = after.length(); t < LENGTH; t++) {
          assertThat(feed(transformer, after, tokens[t]))
              .as("cut after %d, token %d", cut, t)
              .isEqualTo(expected[t]);
        }
      }
    }
  }

  @Test
  void aRebuildThatStartsAWindowForEachLayerBackGivesTheSameBits() {
    int[] tokens = WINDOWED.tokens(4, 60);
    float[][] expected = logits(WINDOWED, Kernels.best(), KvType.F16, 1, tokens, 60);
    KvLayout layout = WINDOWED.layout(KvType.F16);
    int known = 50;
    int reach = WINDOWED.config().layers() * WINDOWED.config().window().getAsInt();
    int firstPage = (known - reach) / layout.pageTokens();
    KvCache cache =
        new KvCache(layout, WINDOWED.config().window(), new KvPagePool(layout), firstPage);
    try (WorkPool pool = WorkPool.of(1)) {
      Transformer transformer = WINDOWED.transformer(Kernels.best(), KvType.F16, pool);
      for (int t = cache.length(); t < 60; t++) {
        float[] logits = feed(transformer, cache, tokens[t]);
        if (t >= known) {
          assertThat(logits).as("token %d", t).isEqualTo(expected[t]);
        }
      }
    }
  }

  @Test
  void refusesTokensOutsideTheVocabulary() {
    try (WorkPool pool = WorkPool.of(1)) {
      Transformer transformer = WINDOWED.transformer(Kernels.best(), KvType.F32, pool);
      assertThatThrownBy(() -> feed(transformer, WINDOWED.cache(KvType.F32), 64))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("63")
          .hasMessageContaining("64");
    }
  }

  private static float[] feed(Transformer transformer, KvCache cache, int token) {
    SequenceInput input = new SequenceInput(cache, new int[] {token}, SequenceInput.Wanted.LAST);
    return transformer.forward(List.of(input)).row(0);
  }

  private static float[][] logits(
      RandomModel model, Kernels kernels, KvType type, int threads, int[] tokens, int chunk) {
    try (WorkPool pool = WorkPool.of(threads)) {
      Transformer transformer = model.transformer(kernels, type, pool);
      KvCache cache = model.cache(type);
      List<float[]> rows = new ArrayList<>();
      for (int from = 0; from < tokens.length; from += chunk) {
        int[] part = Arrays.copyOfRange(tokens, from, Math.min(tokens.length, from + chunk));
        Logits logits =
            transformer.forward(List.of(new SequenceInput(cache, part, SequenceInput.Wanted.ALL)));
        for (int row = 0; row < logits.rows(); row++) {
          rows.add(logits.row(row));
        }
      }
      return rows.toArray(float[][]::new);
    }
  }
}
