package io.flinkmistral.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TransformerConfig;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.ModelReader;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Relatives of Mistral in small: from a Hugging Face layout through a GGUF file to logits, held
 * against the formulas in double precision.
 */
class LlamaShapesTest {
  private static final int LENGTH = 40;

  @TempDir Path folder;

  /** Widths, heads and vocabularies in proportion to the real ones, none of them a power of 2. */
  static Stream<TransformerConfig> shapes() {
    return Stream.of(
        config("Llama 2 7B", 48, 6, 6, 86, 80, 1e4),
        config("Llama 2 13B", 60, 10, 10, 162, 80, 1e4),
        config("Code Llama 7B", 48, 6, 6, 86, 81, 1e6),
        config("multi-query", 48, 6, 1, 86, 80, 1e4),
        config("one head", 12, 1, 1, 22, 33, 1e4));
  }

  private static TransformerConfig config(
      String what, int dim, int heads, int kvHeads, int hidden, int vocabulary, double theta) {
    assertThat(dim % heads).as(what).isZero();
    return new TransformerConfig(
        dim,
        3,
        heads,
        kvHeads,
        dim / heads,
        hidden,
        vocabulary,
        1e-5f,
        theta,
        RopeLayout.HALVES,
        OptionalInt.empty(),
        4096);
  }

  @ParameterizedTest
  @MethodSource("shapes")
  void runsFromAFile(TransformerConfig config) throws Exception {
    RandomModel model = RandomModel.of(config);
    int[] tokens = model.tokens(1, LENGTH);
    double[][] expected = new NaiveTransformer(model).logits(tokens);
    Path file = folder.resolve("model.gguf");
    GgufWriter.write(
        new ModelFile("m", config, model.weights(), Optional.empty(), ChatFormat.NONE, "", 0),
        QuantizationMix.F32,
        file,
        LoadListener.NONE);
    try (Arena arena = Arena.ofShared();
        WorkPool pool = WorkPool.of(2)) {
      ModelFile read = ModelReader.open(file, arena, LoadListener.NONE);
      assertThat(read.config().window()).isEmpty();
      assertThat(read.config().kvHeads()).isEqualTo(config.kvHeads());
      RandomModel ofFile = new RandomModel(read.config(), read.weights());
      Transformer transformer = ofFile.transformer(Kernels.best(Precision.EXACT), KvType.F32, pool);
      Logits logits =
          transformer.forward(
              List.of(
                  new SequenceInput(ofFile.cache(KvType.F32), tokens, SequenceInput.Wanted.ALL)));
      float[][] actual = IntStream.range(0, LENGTH).mapToObj(logits::row).toArray(float[][]::new);
      NaiveTransformer.assertAgrees(actual, expected);
    }
  }

  /** A file's rotary pairs are those of its layout: read with the other, the logits are others. */
  @ParameterizedTest
  @EnumSource(RopeLayout.class)
  void theRotaryLayoutMatters(RopeLayout layout) {
    TransformerConfig c = shapes().findFirst().orElseThrow();
    RandomModel model = RandomModel.of(c);
    TransformerConfig other =
        new TransformerConfig(
            c.dim(),
            c.layers(),
            c.heads(),
            c.kvHeads(),
            c.headDim(),
            c.hiddenDim(),
            c.vocabularySize(),
            c.normEpsilon(),
            c.ropeTheta(),
            layout,
            c.window(),
            c.contextLength());
    int[] tokens = model.tokens(1, LENGTH);
    double[] halves = new NaiveTransformer(model).logits(tokens)[LENGTH - 1];
    double[] read =
        new NaiveTransformer(new RandomModel(other, model.weights())).logits(tokens)[LENGTH - 1];
    double greatest = 0;
    for (int i = 0; i < read.length; i++) {
      greatest = Math.max(greatest, Math.abs(read[i] - halves[i]));
    }
    assertThat(greatest > 0.01).isEqualTo(layout == RopeLayout.INTERLEAVED);
  }
}
