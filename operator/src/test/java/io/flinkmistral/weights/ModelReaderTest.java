package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tensor.DataType;
import io.flinkmistral.tensor.Dequantizer;
import io.flinkmistral.tensor.Matrix;
import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelReaderTest {
  private static final Path MODELS = Path.of("src/test/resources/models");

  @TempDir Path folder;
  private final Arena arena = Arena.ofConfined();
  private final List<String> warnings = new ArrayList<>();

  @AfterEach
  void unmap() {
    arena.close();
  }

  @Test
  void readsGgufWithMixedTypes() throws Exception {
    ModelFile model = open(MODELS.resolve("block256_w20.q4_k_m.gguf"));
    assertThat(model.name()).isEqualTo("block256_w20.q4_k_m");
    assertThat(model.config())
        .isEqualTo(
            new TransformerConfig(
                256,
                2,
                4,
                1,
                64,
                512,
                288,
                1e-5f,
                1e6,
                RopeLayout.INTERLEAVED,
                OptionalInt.of(20),
                4096));
    assertThat(model.bytes()).isEqualTo(780_416);
    assertThat(model.weights().layers()).hasSize(2);
    assertThat(model.weights().layers().getFirst().query().type()).isEqualTo(DataType.Q4_K);
    assertThat(model.weights().output().type()).isEqualTo(DataType.Q6_K);
    assertThat(model.vocabulary().orElseThrow().size()).isEqualTo(288);
    assertThat(warnings).isEmpty();
  }

  @Test
  void readsHuggingFaceFolder() throws Exception {
    ModelFile model = open(MODELS.resolve("gqa8x2_w12/hf-bf16"));
    assertThat(model.config())
        .isEqualTo(
            new TransformerConfig(
                64,
                3,
                8,
                2,
                16,
                160,
                300,
                1e-5f,
                1e4,
                RopeLayout.HALVES,
                OptionalInt.of(12),
                4096));
    LayerWeights layer = model.weights().layers().get(2);
    assertThat(layer.query().rows()).isEqualTo(128);
    assertThat(layer.down().columns()).isEqualTo(160);
    assertThat(model.vocabulary()).isEmpty();
    assertThat(warnings).singleElement().asString().contains("has none of tokenizer.model");
  }

  @Test
  void shardsAreTheSameModelAsOneFile() throws Exception {
    ModelFile whole = open(MODELS.resolve("gqa8x2_w12/hf-bf16"));
    ModelFile sharded = open(MODELS.resolve("gqa8x2_w12/hf-bf16-sharded"));
    assertThat(sharded.fingerprint()).isEqualTo(whole.fingerprint());
    assertThat(floats(sharded.weights().output())).isEqualTo(floats(whole.weights().output()));
  }

  @Test
  void readsConsolidatedFolder() throws Exception {
    TinyModel.writeConsolidated(folder, TinyModel.params());
    Files.write(folder.resolve("tokenizer.model"), TinyModel.tokenizerModel().toByteArray());
    ModelFile model = open(folder);
    assertThat(model.config())
        .isEqualTo(
            new TransformerConfig(
                32,
                2,
                4,
                2,
                6,
                64,
                8,
                1e-5f,
                1e4,
                RopeLayout.INTERLEAVED,
                OptionalInt.of(16),
                32_768));
    assertThat(((SentencePieceVocabulary) model.vocabulary().orElseThrow()).pieces())
        .containsExactly(TinyModel.PIECES);
  }

  @Test
  void vocabularyIsTheSameFromGgufAndFromSentencePiece() throws Exception {
    Path gguf = Files.write(folder.resolve("m.gguf"), TinyModel.gguf().build());
    Path proto =
        Files.write(folder.resolve("tokenizer.model"), TinyModel.tokenizerModel().toByteArray());
    for (Path file : List.of(gguf, proto)) {
      SentencePieceVocabulary vocabulary =
          (SentencePieceVocabulary) ModelReader.readVocabulary(file);
      assertThat(vocabulary.pieces()).containsExactly(TinyModel.PIECES);
      assertThat(vocabulary.scores()).containsExactly(TinyModel.SCORES);
      assertThat(vocabulary.types().get(3)).isEqualTo(PieceType.BYTE);
      assertThat(vocabulary.bosId()).isEqualTo(1);
      assertThat(vocabulary.eosId()).isEqualTo(2);
      assertThat(vocabulary.unknownId()).isZero();
      assertThat(vocabulary.addDummyPrefix()).isTrue();
    }
  }

  @Test
  void readsATrainedSentencePieceModel() throws Exception {
    SentencePieceVocabulary vocabulary =
        (SentencePieceVocabulary)
            ModelReader.readVocabulary(Path.of("src/tiny-mistral/hf/tokenizer.model"));
    assertThat(vocabulary.size()).isEqualTo(1024);
    assertThat(vocabulary.types()).filteredOn(PieceType.BYTE::equals).hasSize(256);
    assertThat(vocabulary.pieces().getLast()).isEqualTo("\u00f1");
  }

  @Test
  void readsAVocabularyWithoutTensors() throws Exception {
    GgufBytes gguf = TinyModel.gguf();
    gguf.tensors().clear();
    Path file = Files.write(folder.resolve("vocab.gguf"), gguf.build());
    assertThat(ModelReader.readVocabulary(file).size()).isEqualTo(TinyModel.VOCABULARY);
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("token_embd.weight is missing");
  }

  @Test
  void tiedOutputIsTheEmbedding() throws Exception {
    GgufBytes gguf = TinyModel.gguf().removeTensor("output.weight");
    TransformerWeights weights = open(write(gguf)).weights();
    assertThat(weights.output()).isSameAs(weights.tokenEmbedding());
  }

  @Test
  void everyTypeIsAView() throws Exception {
    for (DataType type : DataType.values()) {
      if (type.blockLength() <= TinyModel.DIM) {
        ModelFile model = open(write(TinyModel.gguf(type, 8)));
        Matrix down = model.weights().layers().getFirst().down();
        assertThat(down.type()).isEqualTo(type);
        assertThat(down.data().byteSize()).isEqualTo(type.bytes(32 * 64));
        assertThat(down.data().isReadOnly()).isTrue();
      }
    }
  }

  @Test
  void versionTwoIsReadAndOneIsNot() throws Exception {
    assertThat(open(write(TinyModel.gguf().version(2))).config().dim()).isEqualTo(32);
    assertThatThrownBy(() -> open(write(TinyModel.gguf().version(1))))
        .hasMessageContaining("at byte 4: GGUF version 1 is not supported");
    assertThatThrownBy(() -> open(write(TinyModel.gguf().version(0x03000000))))
        .hasMessageContaining("at byte 4: the file is big-endian");
  }

  /** The character that stands for what is no text is a text itself. */
  @Test
  void aPieceMayBeTheReplacementCharacter() throws Exception {
    String[] pieces = TinyModel.PIECES.clone();
    pieces[7] = "\ufffd";
    ModelFile model = open(write(TinyModel.gguf().put("tokenizer.ggml.tokens", pieces)));
    assertThat(((SentencePieceVocabulary) model.vocabulary().orElseThrow()).pieces().get(7))
        .isEqualTo("\ufffd");
  }

  @Test
  void fingerprintFollowsTheModelAndNotItsPlace() throws Exception {
    Path first = Files.write(folder.resolve("a.gguf"), TinyModel.gguf().build());
    Path second = Files.write(folder.resolve("b.gguf"), TinyModel.gguf().build());
    String fingerprint = open(first).fingerprint();
    assertThat(fingerprint).matches("[0-9a-f]{64}").isEqualTo(open(second).fingerprint());

    byte[] changed = TinyModel.gguf().build();
    changed[changed.length - 1] ^= 1;
    assertThat(open(Files.write(folder.resolve("c.gguf"), changed)).fingerprint())
        .as("another weight")
        .isNotEqualTo(fingerprint);
    assertThat(open(write(TinyModel.gguf().put("llama.rope.freq_base", 1e6f))).fingerprint())
        .as("another configuration")
        .isNotEqualTo(fingerprint);
    String[] pieces = TinyModel.PIECES.clone();
    pieces[7] = "ba";
    assertThat(open(write(TinyModel.gguf().put("tokenizer.ggml.tokens", pieces))).fingerprint())
        .as("another vocabulary")
        .isNotEqualTo(fingerprint);
  }

  @Test
  void fingerprintSamplesLargeTensorsAtFourPlaces() throws Exception {
    byte[] data = new byte[8 * 32 * 4 * 64];
    List<String> fingerprints = new ArrayList<>();
    int third = (data.length - 4096) / 3;
    // Nothing, the ends, the two places between, and a place that is not looked at.
    for (int changed : new int[] {-1, 0, data.length - 1, third, 2 * third + 4095, 5000}) {
      byte[] copy = data.clone();
      if (changed >= 0) {
        copy[changed] = 1;
      }
      GgufBytes gguf = TinyModel.gguf().remove("tokenizer.ggml.tokens");
      gguf.removeTensor("output.weight").removeTensor("token_embd.weight");
      gguf.tensor("token_embd.weight", DataType.F32, copy, 32, 512);
      fingerprints.add(open(write(gguf)).fingerprint());
    }
    assertThat(fingerprints.subList(0, 5)).doesNotHaveDuplicates();
    assertThat(fingerprints.get(5)).isEqualTo(fingerprints.get(0));
  }

  @Test
  void progressEndsWithAllTensors() throws Exception {
    List<long[]> calls = new ArrayList<>();
    LoadListener listener =
        new LoadListener() {
          @Override
          public void progress(int tensors, int ofTensors, long bytes, long ofBytes) {
            calls.add(new long[] {tensors, ofTensors, bytes, ofBytes});
          }
        };
    ModelReader.open(write(TinyModel.gguf()), arena, listener);
    assertThat(calls).hasSize(21);
    assertThat(calls.getLast()[0]).isEqualTo(calls.getLast()[1]).isEqualTo(21);
    assertThat(calls.getLast()[2]).isEqualTo(calls.getLast()[3]).isPositive();
  }

  @Test
  void aMissingFileIsNamed() {
    Path missing = folder.resolve("missing.gguf");
    assertThatThrownBy(() -> open(missing))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(missing + ": there is no such file or folder");
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining("neither config.json");
  }

  @Test
  void aFileOfAFolderIsAnsweredWithAdvice() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    assertThatThrownBy(() -> open(folder.resolve("model.safetensors")))
        .hasMessageContaining("give the folder");
  }

  private Path write(GgufBytes gguf) throws IOException {
    return Files.write(Files.createTempFile(folder, "model", ".gguf"), gguf.build());
  }

  private ModelFile open(Path path) throws IOException {
    return ModelReader.open(
        path,
        arena,
        new LoadListener() {
          @Override
          public void warning(String message) {
            warnings.add(message);
          }
        });
  }

  private static float[] floats(Matrix matrix) {
    int count = matrix.rows() * matrix.columns();
    float[] result = new float[count];
    Dequantizer.dequantize(matrix.type(), matrix.data(), 0, result, 0, count);
    return result;
  }
}
