package io.flinkmistral.weights.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.SafetensorsBytes;
import io.flinkmistral.weights.TinyModel;
import io.flinkmistral.weights.reader.ModelReader;
import io.flinkmistral.weights.tensors.TensorNaming;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerJsonTest {
  @TempDir Path folder;

  @Test
  void readsPiecesTypesAndIds() throws Exception {
    SentencePieceVocabulary vocabulary = read(TinyModel.json(TinyModel.tokenizerJson()));
    assertThat(vocabulary.pieces()).containsExactly(TinyModel.PIECES);
    assertThat(vocabulary.types())
        .extracting(PieceType::code)
        .containsExactlyElementsOf(IntStream.of(TinyModel.TYPES).boxed().toList());
    assertThat(vocabulary.bosId()).isEqualTo(1);
    assertThat(vocabulary.eosId()).isEqualTo(2);
    assertThat(vocabulary.unknownId()).isZero();
    assertThat(vocabulary.addDummyPrefix()).isTrue();
  }

  @Test
  void scoresAreThoseOfMistralWhereIdsFollowMerges() {
    List<String> pieces = List.of("<unk>", "\u2581\u2581", "ab", "abc", "\u2581", "a", "b", "c");
    float[] scores = MergeScores.of(pieces, types(8), List.of("ab", "abc", "\u2581\u2581"));
    assertThat(scores).containsExactly(0, -1e9f, -1, -2, -1e9f, -4, -5, -6);
  }

  @Test
  void scoresAreRanksWhereIdsDoNotFollowMerges() {
    List<String> pieces = List.of("<unk>", "a", "abc", "ab", "\u2581", "\u2581a");
    float[] scores = MergeScores.of(pieces, types(6), List.of("ab", "\u2581a", "abc", "abc"));
    assertThat(scores)
        .as("single characters are never merged")
        .containsExactly(0, -4, -2, 0, -1e9f, -1);
  }

  @Test
  void mergesMayBePairs() throws Exception {
    String json = TinyModel.json(TinyModel.tokenizerJson());
    float[] scores = read(json).scores();
    assertThat(read(json.replace("[\"a b\"]", "[[\"a\",\"b\"]]")).scores()).isEqualTo(scores);
  }

  @Test
  void metaspaceMayPutTheSpaceBefore() throws Exception {
    Map<String, Object> tokenizer = TinyModel.tokenizerJson();
    tokenizer.put("normalizer", null);
    assertThat(read(TinyModel.json(tokenizer)).addDummyPrefix()).isFalse();
    tokenizer.put("pre_tokenizer", Map.of("type", "Metaspace", "prepend_scheme", "first"));
    assertThat(read(TinyModel.json(tokenizer)).addDummyPrefix()).isTrue();
    tokenizer.put("pre_tokenizer", Map.of("type", "Metaspace", "prepend_scheme", "never"));
    assertThat(read(TinyModel.json(tokenizer)).addDummyPrefix()).isFalse();
    tokenizer.put("pre_tokenizer", Map.of("type", "Metaspace", "add_prefix_space", false));
    assertThat(read(TinyModel.json(tokenizer)).addDummyPrefix()).isFalse();
    tokenizer.put("pre_tokenizer", Map.of("type", "Metaspace", "replacement", "_"));
    assertThatThrownBy(() -> read(TinyModel.json(tokenizer)))
        .hasMessageContaining("pre_tokenizer Metaspace");
    tokenizer.put("pre_tokenizer", null);
    tokenizer.put("normalizer", replace("a", "b"));
    assertThatThrownBy(() -> read(TinyModel.json(tokenizer)))
        .hasMessageContaining("normalizer Replace");
    tokenizer.put("normalizer", replace(" ", "\u2581"));
    assertThat(read(TinyModel.json(tokenizer)).addDummyPrefix()).isFalse();
  }

  @Test
  void referencesAreFoundInText() throws Exception {
    Map<String, Object> tokenizer = TinyModel.tokenizerJson();
    tokenizer.put(
        "added_tokens",
        List.of(
            Map.of("id", 1, "content", "<s>", "special", true),
            Map.of("id", 2, "content", "</s>", "special", true),
            Map.of("id", 8, "content", "[REFERENCE_DOC_7]", "special", true)));
    assertThat(read(TinyModel.json(tokenizer)).types().get(8)).isEqualTo(PieceType.USER_DEFINED);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`\"BPE\"`, `\"Unigram\"`, model is Unigram",
        "`\"byte_fallback\":true`, `\"byte_fallback\":false`, with byte_fallback false",
        "`\"Prepend\"`, `\"NFKC\"`, normalizer NFKC",
        "`\"prepend\":\"\u2581\"`, `\"prepend\":\"x\"`, normalizer Prepend",
        "`\"pre_tokenizer\":null`, `\"pre_tokenizer\":{\"type\":\"ByteLevel\"}`, pre_tokenizer"
            + " ByteLevel",
        "`\"ab\":7`, `\"ab\":8`, `the id 8 of piece ab twice or too high`",
        "`\"ab\":7`, `\"ab\":6`, twice",
        "`\"ab\":7`, `\"ab\":-1`, has the id -1",
        "`\"a b\"`, `\"ab\"`, `the merge \"ab\", no pair`",
        "`\"</s>\"`, `\"</t>\"`, the id of EOS is -1",
        "`\"model\"`, `\"madel\"`, no tokenizer.json"
      })
  void otherTokenizersAreRefused(String part, String other, String reason) {
    String json = TinyModel.json(TinyModel.tokenizerJson()).replace(part, other);
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void isReadWhereThereIsNoTokenizerModel() throws Exception {
    TinyModel.writeHuggingFace(folder, TinyModel.huggingFaceConfig());
    read(TinyModel.json(TinyModel.tokenizerJson()));
    assertThat(vocabularyOfFolder().scores()[7]).isEqualTo(-3);
    Files.write(folder.resolve("tokenizer.model"), TinyModel.tokenizerModel().toByteArray());
    assertThat(vocabularyOfFolder().scores()[7]).as("of tokenizer.model").isEqualTo(-1);
  }

  @Test
  void addedTokensFillTheRowsThatTokenizerModelLacks() throws Exception {
    Map<String, Object> config = TinyModel.huggingFaceConfig();
    config.put("vocab_size", 10);
    config.put("tie_word_embeddings", true);
    SafetensorsBytes weights =
        TinyModel.safetensors(TensorNaming.HUGGING_FACE, TinyModel.KV_HEADS, TinyModel.HEAD_DIM);
    weights.remove("lm_head.weight").remove("model.embed_tokens.weight");
    weights.tensor("model.embed_tokens.weight", "F32", new byte[10 * 32 * 4], 10, 32);
    TinyModel.writeHuggingFace(folder, config, weights);
    Files.write(folder.resolve("tokenizer.model"), TinyModel.tokenizerModel().toByteArray());
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<e>\": 9, \"<b>\": 8, \"ab\": 7}");
    SentencePieceVocabulary vocabulary = vocabularyOfFolder();
    assertThat(vocabulary.pieces()).endsWith("ab", "<b>", "<e>");
    assertThat(vocabulary.types()).endsWith(PieceType.CONTROL, PieceType.CONTROL);
    Files.writeString(folder.resolve("added_tokens.json"), "{\"<e>\": 9}");
    assertThatThrownBy(this::vocabularyOfFolder).hasMessageContaining("<e> has the id 9");
  }

  private static Map<String, Object> replace(String pattern, String content) {
    return Map.of("type", "Replace", "pattern", Map.of("String", pattern), "content", content);
  }

  private SentencePieceVocabulary vocabularyOfFolder() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      return (SentencePieceVocabulary)
          ModelReader.open(folder, arena, LoadListener.NONE).vocabulary().orElseThrow();
    }
  }

  private static List<PieceType> types(int size) {
    return IntStream.range(0, size)
        .mapToObj(id -> id == 0 ? PieceType.UNKNOWN : PieceType.NORMAL)
        .toList();
  }

  private SentencePieceVocabulary read(String json) throws IOException {
    return (SentencePieceVocabulary)
        ModelReader.readVocabulary(Files.writeString(folder.resolve("tokenizer.json"), json));
  }
}
