package io.flinkmistral.weights.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceTokenizer;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.GgufBytes;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.ProtoBytes;
import io.flinkmistral.weights.TinyModel;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Vocabularies that other programs take, although something is missing or written otherwise. */
@Timeout(60)
class VocabularyTolerancesTest {
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String TYPES = "tokenizer.ggml.token_type";

  @TempDir Path folder;
  private final Arena arena = Arena.ofConfined();
  private final List<String> warnings = new ArrayList<>();

  @AfterEach
  void unmap() {
    arena.close();
  }

  @Test
  void typesAndScoresMayBeOfAnyNumericType() throws Exception {
    Integer[] unsigned = IntStream.of(TinyModel.TYPES).boxed().toArray(Integer[]::new);
    byte[] bytes = new byte[TinyModel.TYPES.length];
    double[] doubles = new double[TinyModel.SCORES.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) TinyModel.TYPES[i];
      doubles[i] = TinyModel.SCORES[i];
    }
    SentencePieceVocabulary plain = gguf(TinyModel.gguf());
    long[] longs = IntStream.of(TinyModel.TYPES).asLongStream().toArray();
    for (Object types : List.of(unsigned, bytes, longs)) {
      SentencePieceVocabulary read = gguf(TinyModel.gguf().put(TYPES, types).put(SCORES, doubles));
      assertThat(read.types()).isEqualTo(plain.types());
      assertThat(read.scores()).isEqualTo(plain.scores());
    }
    assertRefused(
        TinyModel.gguf().put(TYPES, new int[] {2, 3, 3, 6, 1, 1, 1, 7}), "piece 7 the type 7");
    double[] half = {2, 3, 3, 6, 1, 1, 1.5, 1};
    assertRefused(TinyModel.gguf().put(TYPES, half), "piece 6 the type 1.5");
    assertRefused(TinyModel.gguf().put(TYPES, TinyModel.PIECES), "must be a number");
    assertRefused(TinyModel.gguf().put(SCORES, 1f), "must be an array of numbers");
    assertRefused(TinyModel.gguf().put(SCORES, new float[7]), "has 7 elements for 8 pieces");
  }

  @Test
  void scoresMayBeMissing() throws Exception {
    SentencePieceVocabulary read = gguf(TinyModel.gguf().remove(SCORES));
    assertThat(read.scores()).containsOnly(0f);
    assertThat(new SentencePieceTokenizer(read).encode("ab")).as("pairs from the left").contains(7);
  }

  @Test
  void typesMayBeMissing() throws Exception {
    SentencePieceVocabulary read = gguf(TinyModel.gguf().remove(TYPES));
    assertThat(read.types()).isEqualTo(gguf(TinyModel.gguf()).types());
  }

  @Test
  void aScoreThatIsNotUsedMayBeNone() throws Exception {
    float[] scores = TinyModel.SCORES.clone();
    scores[0] = Float.NaN;
    scores[1] = Float.NEGATIVE_INFINITY;
    scores[3] = Float.NaN;
    SentencePieceVocabulary read = gguf(TinyModel.gguf().put(SCORES, scores));
    assertThat(new SentencePieceTokenizer(read).encode("ab")).contains(7);
    scores[7] = Float.NaN;
    assertRefused(TinyModel.gguf().put(SCORES, scores), "piece 7 has the score NaN");
  }

  @Test
  void aPieceMayBeEmpty() throws Exception {
    String[] pieces = TinyModel.PIECES.clone();
    pieces[5] = "";
    for (Object types :
        List.of(new int[] {2, 3, 3, 6, 1, 1, 1, 1}, new int[] {2, 3, 3, 6, 1, 4, 1, 1})) {
      Tokenizer read =
          new SentencePieceTokenizer(
              gguf(TinyModel.gguf().put("tokenizer.ggml.tokens", pieces).put(TYPES, types)));
      assertThat(read.encode("bab")).doesNotContain(5);
      assertThat(read.decode(new int[] {4, 5, 6, 5})).isEqualTo("b");
    }
    pieces[3] = "";
    assertRefused(
        TinyModel.gguf().put("tokenizer.ggml.tokens", pieces), "piece 3 is a byte, but its text");
  }

  @Test
  void userDefinedPiecesMayHaveSpaces() throws Exception {
    for (String piece : List.of("a b", "a\u2581b")) {
      for (int type : new int[] {1, 4}) {
        String[] pieces = TinyModel.PIECES.clone();
        pieces[7] = piece;
        Tokenizer read =
            new SentencePieceTokenizer(
                gguf(
                    TinyModel.gguf()
                        .put("tokenizer.ggml.tokens", pieces)
                        .put(TYPES, new int[] {2, 3, 3, 6, 1, 1, 1, type})));
        assertThat(read.encode("ba bb")).containsExactly(4, 6, 7, 6);
        assertThat(read.encode("a  b")).doesNotContain(7);
        assertThat(read.decode(new int[] {4, 6, 7, 6})).isEqualTo("ba bb");
      }
    }
  }

  @Test
  void extraSpacesAreTakenOutWhereTheFileSaysSo() throws Exception {
    Path file = folder.resolve("tokenizer.model");
    for (boolean absent : new boolean[] {true, false}) {
      // A field that comes later replaces the one before; absent means yes.
      ProtoBytes model = TinyModel.tokenizerModel();
      model.message(3, new ProtoBytes().varint(4, 1));
      byte[] bytes =
          absent
              ? TinyModel.tokenizerModelWithoutNormalizer()
                  .message(3, new ProtoBytes().varint(3, 1))
                  .toByteArray()
              : model.toByteArray();
      Files.write(file, bytes);
      SentencePieceVocabulary vocabulary =
          (SentencePieceVocabulary) ModelReader.readVocabulary(file);
      assertThat(vocabulary.removeExtraSpaces()).isTrue();
      Tokenizer tokenizer = new SentencePieceTokenizer(vocabulary);
      assertThat(tokenizer.encode("  a   b \u2581 ")).isEqualTo(tokenizer.encode("a b"));
      assertThat(tokenizer.encode("a b")).containsExactly(4, 5, 4, 6);
      assertThat(tokenizer.encode("   ")).isEmpty();
      assertThat(tokenizer.encode("\u2581")).isEmpty();
      assertThat(tokenizer.decode(new int[] {4, 4, 5, 4, 6})).isEqualTo("a b");
    }
    assertThat(gguf(TinyModel.gguf()).removeExtraSpaces()).isFalse();
    assertThat(
            gguf(TinyModel.gguf().put("tokenizer.ggml.remove_extra_whitespaces", true))
                .removeExtraSpaces())
        .isTrue();
  }

  @Test
  void rowsBeyondTheVocabularyMeanNothing() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    Files.write(folder.resolve("tokenizer.model"), TinyModel.tokenizerModel(6).toByteArray());
    SentencePieceVocabulary vocabulary =
        (SentencePieceVocabulary) open().vocabulary().orElseThrow();
    assertThat(vocabulary.size()).isEqualTo(8);
    Tokenizer tokenizer = new SentencePieceTokenizer(vocabulary);
    assertThat(tokenizer.encode("[PAD6][PAD7]")).doesNotContain(6, 7);
    assertThat(tokenizer.decode(new int[] {4, 5, 6, 7})).isEqualTo("a");
    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("the tokenizer has 6 pieces for the embedding's 8 rows");
  }

  @Test
  void piecesThatWereAddedToTheTokenizerAloneAreLeftOut() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    Map<String, Object> json = TinyModel.tokenizerJson();
    List<Object> added = new ArrayList<>((List<?>) json.get("added_tokens"));
    added.add(Map.of("id", 8, "content", "<pad>", "special", true));
    added.add(Map.of("id", 9, "content", "<more>", "special", false));
    json.put("added_tokens", added);
    Files.writeString(folder.resolve("tokenizer.json"), TinyModel.json(json));
    SentencePieceVocabulary vocabulary =
        (SentencePieceVocabulary) open().vocabulary().orElseThrow();
    assertThat(vocabulary.pieces()).containsExactly(TinyModel.PIECES);
    assertThat(warnings).singleElement().asString().contains("10 pieces, but the embedding 8 rows");
  }

  @Test
  void ggufMustHaveAPieceForEachRow() {
    assertRefused(
        TinyModel.gguf()
            .put("tokenizer.ggml.tokens", Arrays.copyOf(TinyModel.PIECES, 7))
            .put(SCORES, new float[7])
            .put(TYPES, Arrays.copyOf(TinyModel.TYPES, 7)),
        "the tokenizer has 7 pieces, but the model's embedding has 8 rows");
  }

  @Test
  void oneWholeFileGoesBeforeAnIndex() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"lm_head.weight\": \"model-00001-of-00002.safetensors\"}}");
    assertThat(open().config().layers()).isEqualTo(2);
  }

  @Test
  void endsOfAnAnswerAreFoundInAllFiles() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    TinyModel.writeHuggingFace(folder, config);
    Files.write(folder.resolve("tokenizer.model"), TinyModel.tokenizerModel().toByteArray());
    assertThat(open().chat().endIds()).isEmpty();
    config.put("eos_token_id", 2);
    TinyModel.writeHuggingFace(folder, config);
    assertThat(open().chat().endIds()).as("EOS itself").isEmpty();
    config.put("eos_token_id", List.of(2, 5));
    TinyModel.writeHuggingFace(folder, config);
    assertThat(open().chat().endIds()).containsExactly(5);
    Files.writeString(
        folder.resolve("generation_config.json"), "{\"eos_token_id\": [7, 2, 99, -1]}");
    assertThat(open().chat().endIds()).containsExactlyInAnyOrder(5, 7);
    assertThat(warnings)
        .anyMatch(warning -> warning.startsWith("99 is to end answers"))
        .anyMatch(warning -> warning.startsWith("-1 is to end answers"));
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": null}");
    config.put("eos_token_id", null);
    TinyModel.writeHuggingFace(folder, config);
    assertThat(open().chat().endIds()).isEmpty();
    for (String bad : List.of("\"2\"", "[2, \"5\"]", "{}", "2.5", "true")) {
      Files.writeString(
          folder.resolve("generation_config.json"), "{\"eos_token_id\": " + bad + "}");
      assertThatThrownBy(this::open)
          .isInstanceOf(MalformedModelException.class)
          .hasMessageContaining("generation_config.json")
          .hasMessageContaining("eos_token_id must be an id or a list of ids");
    }
    Files.delete(folder.resolve("generation_config.json"));
    Files.delete(folder.resolve("config.json"));
    TinyModel.writeConsolidated(folder, TinyModel.params());
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": 6}");
    assertThat(open().chat().endIds()).containsExactly(6);
  }

  @Test
  void endsOfAnAnswerInGguf() throws Exception {
    GgufBytes file =
        TinyModel.gguf()
            .put("tokenizer.ggml.eot_token_id", 5)
            .put("tokenizer.ggml.eom_token_id", 700);
    assertThat(openGguf(file).chat().endIds()).containsExactly(5);
    assertThat(warnings).singleElement().asString().startsWith("700 is to end answers");
  }

  @Test
  void theFilesOwnTemplateIsFoundWhereverItStands() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    Files.write(folder.resolve("tokenizer.model"), TinyModel.tokenizerModel().toByteArray());
    assertThat(open().chat().template()).isEmpty();
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"chat_template\": \"one\"}");
    assertThat(open().chat().template()).contains("one");
    Files.writeString(
        config,
        "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"two\"},"
            + " {\"name\": \"default\", \"template\": \"three\"}]}");
    assertThat(open().chat().template()).contains("three");
    Files.writeString(config, "{\"chat_template\": [{\"name\": \"a\", \"template\": \"four\"}]}");
    assertThat(open().chat().template()).contains("four");
    Files.writeString(folder.resolve("chat_template.jinja"), "five");
    assertThat(open().chat().template()).contains("five");
    Files.writeString(folder.resolve("chat_template.jinja"), "");
    assertThat(open().chat().template()).isEmpty();
    assertThat(openGguf(TinyModel.gguf().put("tokenizer.chat_template", "six")).chat().template())
        .contains("six");
  }

  @Test
  void theVersionIsInTheNameOfATokenizersFile() throws Exception {
    TinyModel.writeConsolidated(folder, TinyModel.params());
    Path plain = folder.resolve("tokenizer.model");
    for (String version : List.of("v1", "v2", "v3")) {
      Path file = folder.resolve("tokenizer.model." + version);
      Files.write(file, TinyModel.tokenizerModel().toByteArray());
      assertThat(open().chat().tokenizerVersion()).contains(version);
      Files.move(file, plain);
      assertThat(open().chat().tokenizerVersion()).isEmpty();
      Files.copy(plain, file);
      assertThat(open().chat().tokenizerVersion()).contains(version);
      Files.delete(plain);
      Files.delete(file);
    }
  }

  private ModelFile open() throws IOException {
    warnings.clear();
    return ModelReader.open(folder, arena, listener());
  }

  private SentencePieceVocabulary gguf(GgufBytes gguf) throws IOException {
    return (SentencePieceVocabulary) openGguf(gguf).vocabulary().orElseThrow();
  }

  private ModelFile openGguf(GgufBytes gguf) throws IOException {
    warnings.clear();
    Path file = Files.write(folder.resolve("model.gguf"), gguf.build());
    return ModelReader.open(file, arena, listener());
  }

  private LoadListener listener() {
    return new LoadListener() {
      @Override
      public void warning(String message) {
        if (!message.contains("rope_theta")) {
          warnings.add(message);
        }
      }
    };
  }

  private void assertRefused(GgufBytes gguf, String reason) {
    assertThatThrownBy(() -> gguf(gguf))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }
}
