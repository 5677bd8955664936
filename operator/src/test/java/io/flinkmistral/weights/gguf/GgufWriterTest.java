package io.flinkmistral.weights.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.GgufBytes;
import io.flinkmistral.weights.LayerWeights;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.RopeLayout;
import io.flinkmistral.weights.TinyModel;
import io.flinkmistral.weights.TransformerWeights;
import io.flinkmistral.weights.reader.ModelReader;
import io.flinkmistral.weights.tensors.TensorRole;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GgufWriterTest {
  private static final Path MODELS = Path.of("src/test/resources/models");

  @TempDir Path folder;
  private final Arena arena = Arena.ofShared();
  private final List<String> warnings = new ArrayList<>();

  @AfterEach
  void unmap() {
    arena.close();
  }

  @ParameterizedTest
  @EnumSource(QuantizationMix.class)
  void whatIsWrittenIsTheSameModelRounded(QuantizationMix mix) throws Exception {
    ModelFile source = open(MODELS.resolve("block256_w20.q4_k_m.gguf"));
    ModelFile written = write(source, mix);
    assertThat(written.config()).isEqualTo(source.config());
    assertThat(((SentencePieceVocabulary) written.vocabulary().orElseThrow()).pieces())
        .isEqualTo(((SentencePieceVocabulary) source.vocabulary().orElseThrow()).pieces());
    assertThat(((SentencePieceVocabulary) written.vocabulary().orElseThrow()).scores())
        .isEqualTo(((SentencePieceVocabulary) source.vocabulary().orElseThrow()).scores());
    double most =
        switch (mix) {
          case F32 -> 1e-30;
          case F16 -> 5e-4;
          case BF16 -> 4e-3;
          case Q8_0 -> 0.01;
          case Q6_K -> 0.03;
          case Q4_0, Q4_0_Q6_K, Q4_K_M -> 0.12;
        };
    for (int i = 0; i < 2; i++) {
      LayerWeights before = source.weights().layers().get(i);
      LayerWeights after = written.weights().layers().get(i);
      assertThat(floats(after.attentionNorm())).isEqualTo(floats(before.attentionNorm()));
      assertThat(relativeError(after.query(), before.query())).isLessThan(most);
      assertThat(relativeError(after.down(), before.down())).isLessThan(most);
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void mixesAreThoseThatFilesAreKnownBy() {
    assertThat(QuantizationMix.ofName("q4_k_m")).isEqualTo(QuantizationMix.Q4_K_M);
    List<Integer> sensitive = new ArrayList<>();
    for (int layer = 0; layer < 32; layer++) {
      DataType type = QuantizationMix.Q4_K_M.typeOf(TensorRole.VALUE, layer, 32, false);
      assertThat(QuantizationMix.Q4_K_M.typeOf(TensorRole.DOWN, layer, 32, false)).isEqualTo(type);
      if (type == DataType.Q6_K) {
        sensitive.add(layer);
      }
    }
    assertThat(sensitive).containsExactly(0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31);
    assertThat(QuantizationMix.Q4_0_Q6_K.typeOf(TensorRole.OUTPUT, 0, 32, false))
        .isEqualTo(DataType.Q6_K);
    assertThat(QuantizationMix.Q4_K_M.typeOf(TensorRole.TOKEN_EMBEDDING, 0, 32, true))
        .as("an embedding that is also the output")
        .isEqualTo(DataType.Q6_K);
    assertThatThrownBy(() -> QuantizationMix.ofName("q3_k"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("but is q3_k");
  }

  @Test
  void rowsOfQueriesAndKeysChangePlaces() throws Exception {
    ModelFile source = open(MODELS.resolve("gqa8x2_w12/hf-bf16"));
    ModelFile written = write(source, QuantizationMix.Q8_0);
    assertThat(written.config().ropeLayout()).isEqualTo(RopeLayout.INTERLEAVED);
    LayerWeights before = source.weights().layers().get(2);
    LayerWeights after = written.weights().layers().get(2);
    for (int head = 0; head < 8; head++) {
      for (int i = 0; i < 8; i++) {
        int at = 16 * head;
        assertThat(rowError(after.query(), at + 2 * i, before.query(), at + i)).isLessThan(0.01);
        assertThat(rowError(after.query(), at + 2 * i + 1, before.query(), at + i + 8))
            .isLessThan(0.01);
      }
    }
    assertThat(rowError(after.key(), 16 + 1, before.key(), 16 + 8)).isLessThan(0.01);
    assertThat(rowError(after.value(), 5, before.value(), 5)).isLessThan(0.01);
    assertThat(written.vocabulary()).isEmpty();
  }

  @Test
  void rowsWithoutWholeBlocksGetATypeThatFits() throws Exception {
    write(open(MODELS.resolve("gqa8x2_w12/hf-bf16")), QuantizationMix.Q4_K_M);
    assertThat(warnings)
        .hasSize(2 + 3 * 7)
        .anySatisfy(
            w ->
                assertThat(w)
                    .isEqualTo(
                        "blk.0.ffn_gate.weight has rows of 64 numbers, no whole blocks of Q4_K: it"
                            + " becomes Q8_0"));
  }

  @Test
  void tiedOutputStaysTied() throws Exception {
    Path tied = folder.resolve("tied.gguf");
    Files.write(tied, TinyModel.gguf(DataType.Q8_0, 8).removeTensor("output.weight").build());
    TransformerWeights written = write(open(tied), QuantizationMix.Q8_0).weights();
    assertThat(written.output()).isSameAs(written.tokenEmbedding());
  }

  @Test
  void whatIsSaidOfDialoguesIsWritten() throws Exception {
    GgufBytes gguf =
        TinyModel.gguf(DataType.Q8_0, 8)
            .put("tokenizer.chat_template", "[INST]")
            .put("tokenizer.ggml.eot_token_id", 7)
            .put("tokenizer.ggml.eom_token_id", 5)
            .put("tokenizer.ggml.remove_extra_whitespaces", true);
    ModelFile source = open(Files.write(folder.resolve("m.gguf"), gguf.build()));
    ModelFile written = write(source, QuantizationMix.Q8_0);
    assertThat(source.chat().endIds()).hasSize(2);
    assertThat(written.chat()).isEqualTo(source.chat());
    assertThat(((SentencePieceVocabulary) written.vocabulary().orElseThrow()).removeExtraSpaces())
        .isTrue();
  }

  @Test
  void noWindowIsWrittenAsNone() throws Exception {
    Path file = Files.write(folder.resolve("m.gguf"), TinyModel.gguf(DataType.Q8_0, 8).build());
    ModelFile source = open(file);
    assertThat(write(source, QuantizationMix.Q8_0).config().window()).isEmpty();
    ModelFile withWindow =
        new ModelFile(
            source.name(),
            source.config().withWindow(OptionalInt.of(7)),
            source.weights(),
            source.vocabulary(),
            source.chat(),
            source.fingerprint(),
            source.bytes());
    assertThat(write(withWindow, QuantizationMix.Q8_0).config().window()).hasValue(7);
  }

  @Test
  void aWeightThatIsNoNumberIsRefusedAndNothingIsLeft() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    byte[] data = gguf.tensors().getLast().data();
    Arrays.fill(data, (byte) 0xFF);
    for (GgufBytes.Tensor tensor : gguf.tensors().subList(0, 20)) {
      Arrays.fill(tensor.data(), (byte) 0);
    }
    ModelFile source = open(Files.write(folder.resolve("nan.gguf"), gguf.build()));
    Path out = folder.resolve("out.gguf");
    assertThatThrownBy(() -> GgufWriter.write(source, QuantizationMix.Q8_0, out, LoadListener.NONE))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("tensor output.weight has a number in row 0");
    assertThat(folder).isDirectoryNotContaining(f -> f.getFileName().toString().startsWith("out"));
  }

  private ModelFile write(ModelFile source, QuantizationMix mix) throws IOException {
    Path out = Files.createTempDirectory(folder, "out").resolve("out.gguf");
    GgufWriter.write(source, mix, out, listener());
    return open(out);
  }

  private ModelFile open(Path path) throws IOException {
    return ModelReader.open(path, arena, LoadListener.NONE);
  }

  private LoadListener listener() {
    return new LoadListener() {
      @Override
      public void warning(String message) {
        warnings.add(message);
      }
    };
  }

  private static double rowError(Matrix actual, int row, Matrix expected, int expectedRow) {
    return relativeError(
        new Matrix(actual.type(), 1, actual.columns(), actual.row(row)),
        new Matrix(expected.type(), 1, expected.columns(), expected.row(expectedRow)));
  }

  private static double relativeError(Matrix actual, Matrix expected) {
    float[] a = floats(actual);
    float[] e = floats(expected);
    double difference = 0;
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      difference += Math.pow(a[i] - e[i], 2);
      size += Math.pow(e[i], 2);
    }
    return Math.sqrt(difference / size);
  }

  private static float[] floats(Matrix matrix) {
    int count = matrix.rows() * matrix.columns();
    float[] result = new float[count];
    Dequantizer.dequantize(matrix.type(), matrix.data(), 0, result, 0, count);
    return result;
  }
}
