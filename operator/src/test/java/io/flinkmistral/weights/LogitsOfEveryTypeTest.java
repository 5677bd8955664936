package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.KvCache;
import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.cache.page.KvPagePool;
import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.kernel.KernelChoice;
import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.kernel.machine.Host;
import io.flinkmistral.kernel.pool.WorkPool;
import io.flinkmistral.model.Transformer;
import io.flinkmistral.model.pass.Logits;
import io.flinkmistral.model.pass.SequenceInput;
import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.format.ByteFormat;
import io.flinkmistral.tensor.format.CodeFormat;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A file of any type computes, without rounding of inputs, what the same weights compute as an F32
 * file, bit for bit; and with it, nearly that, and the same bits by all kernels.
 */
class LogitsOfEveryTypeTest {
  private static final int TOKENS = 10;

  /**
   * What inputs of 8 bits may cost, errors of 1/254 a product through two layers:
   * operator/README.md says so of the engine.
   */
  private static final double ROUNDED_INPUTS = 0.03;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(DataType.class)
  void matricesOfOneType(DataType type) throws Exception {
    check(write("one.gguf", TypedModel.of(name -> type, type.ordinal())));
  }

  @ParameterizedTest
  @EnumSource(QuantizationMix.class)
  void theMixesThatAreWritten(QuantizationMix mix) throws Exception {
    Path source = write("source.gguf", TypedModel.of(name -> DataType.F32, 5));
    Path mixed = folder.resolve("mixed.gguf");
    try (Arena arena = Arena.ofShared()) {
      ModelFile model = ModelReader.open(source, arena, LoadListener.NONE);
      GgufWriter.write(model, mix, mixed, LoadListener.NONE);
    }
    check(mixed);
  }

  @Test
  void everyMatrixOfAnotherType() throws Exception {
    DataType[] types = DataType.values();
    int[] next = {0};
    check(write("mixed.gguf", TypedModel.of(name -> types[next[0]++ % types.length], 7)));
    assertThat(next[0]).isGreaterThan(types.length);
  }

  private void check(Path file) throws IOException {
    try (Arena arena = Arena.ofShared()) {
      ModelFile model = ModelReader.open(file, arena, LoadListener.NONE);
      Path floats = write("floats.gguf", TypedModel.dequantised(model));
      ModelFile same = ModelReader.open(floats, arena, LoadListener.NONE);
      float[] expected = logits(same, Kernels.best(Precision.EXACT), TOKENS);
      float[] exact = logits(model, Kernels.best(Precision.EXACT), TOKENS);
      assertThat(exact).isEqualTo(expected);
      double squares = 0;
      double differences = 0;
      float[] rounded = logits(model, Kernels.best(Precision.QUANTIZED), TOKENS);
      for (Kernels kernels : all()) {
        for (int chunk : new int[] {1, 3, TOKENS}) {
          assertThat(logits(model, kernels, chunk))
              .as("%s, %d tokens at once", kernels.description(), chunk)
              .isEqualTo(rounded);
        }
      }
      for (int i = 0; i < expected.length; i++) {
        squares += Math.pow(expected[i], 2);
        differences += Math.pow(rounded[i] - expected[i], 2);
      }
      if (model.weights().types().stream().noneMatch(LogitsOfEveryTypeTest::roundsInputs)) {
        assertThat(rounded).isEqualTo(expected);
      }
      // Logits of a size that an error would show in.
      assertThat(Math.sqrt(squares / expected.length)).isBetween(0.2, 5.0);
      assertThat(Math.sqrt(differences / squares)).isLessThan(ROUNDED_INPUTS);
    }
  }

  private static boolean roundsInputs(DataType type) {
    return type.format() instanceof CodeFormat || type.format() instanceof ByteFormat;
  }

  /** All that this host has. */
  private static List<Kernels> all() {
    List<Kernels> found = new ArrayList<>();
    for (KernelChoice choice : KernelChoice.values()) {
      try {
        found.add(Kernels.best(Precision.QUANTIZED, choice));
      } catch (IllegalArgumentException notHere) {
        assertThat(notHere).hasMessageContaining("not for this host");
      }
    }
    // What is best, Java's vectors, and each kind of machine code.
    assertThat(found).hasSize(2 + Host.get().instructionSets().size());
    return found;
  }

  /**
   * @param chunk tokens of a pass
   */
  private static float[] logits(ModelFile model, Kernels kernels, int chunk) {
    KvLayout layout = KvLayout.of(model.config(), 16, KvType.F32);
    int[] tokens = new Random(3).ints(TOKENS, 0, TypedModel.VOCABULARY).toArray();
    try (WorkPool pool = WorkPool.of(2);
        KvCache cache = new KvCache(layout, model.config().window(), new KvPagePool(layout), 0)) {
      Transformer transformer =
          new Transformer(
              model.config(),
              model.weights(),
              layout,
              kernels,
              Arena.ofAuto(),
              pool,
              LoadListener.NONE);
      float[] all = new float[TOKENS * TypedModel.VOCABULARY];
      for (int from = 0; from < TOKENS; from += chunk) {
        int[] some = Arrays.copyOfRange(tokens, from, Math.min(TOKENS, from + chunk));
        SequenceInput input = new SequenceInput(cache, some, SequenceInput.Wanted.ALL);
        Logits logits = transformer.forward(List.of(input));
        int count = logits.rows() * logits.vocabularySize();
        System.arraycopy(logits.values(), 0, all, from * TypedModel.VOCABULARY, count);
      }
      return all;
    }
  }

  private Path write(String name, GgufBytes gguf) throws IOException {
    return Files.write(folder.resolve(name), gguf.build());
  }
}
