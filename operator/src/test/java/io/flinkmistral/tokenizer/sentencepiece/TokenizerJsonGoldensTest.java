package io.flinkmistral.tokenizer.sentencepiece;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.weights.reader.ModelReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Mistral's vocabularies as {@code tokenizer.json}, made the way transformers converts a
 * SentencePiece model: they must encode as SentencePiece does.
 */
class TokenizerJsonGoldensTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void encodesLikeSentencePiece(String version) throws Exception {
    String json = JsonMapper.shared().writeValueAsString(converted(Vocabularies.of(version)));
    Path file = Files.writeString(folder.resolve("tokenizer.json"), json);
    SentencePieceVocabulary vocabulary = (SentencePieceVocabulary) ModelReader.readVocabulary(file);
    assertThat(vocabulary.pieces()).isEqualTo(Vocabularies.of(version).pieces());
    Tokenizer tokenizer = new SentencePieceTokenizer(vocabulary);
    List<Goldens.Encoding> goldens =
        Goldens.encodings().stream().filter(golden -> golden.version().equals(version)).toList();
    assertThat(goldens).hasSizeGreaterThan(50);
    for (Goldens.Encoding golden : goldens) {
      assertThat(tokenizer.encode(golden.text())).as(golden.toString()).isEqualTo(golden.ids());
      assertThat(tokenizer.decode(golden.ids())).isEqualTo(golden.decoded());
    }
  }

  private static Map<String, Object> converted(SentencePieceVocabulary vocabulary) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    List<Map<String, Object>> added = new ArrayList<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      String piece = vocabulary.pieces().get(id);
      ids.put(piece, id);
      if (vocabulary.types().get(id) != PieceType.NORMAL
              && vocabulary.types().get(id) != PieceType.BYTE
          || piece.startsWith("[REFERENCE_DOC_")) {
        added.add(Map.of("id", id, "content", piece, "special", true));
      }
    }
    Map<String, Object> model = new LinkedHashMap<>();
    model.put("type", "BPE");
    model.put("unk_token", "<unk>");
    model.put("byte_fallback", true);
    model.put("vocab", ids);
    model.put("merges", merges(vocabulary, ids));
    Map<String, Object> tokenizer = new LinkedHashMap<>();
    tokenizer.put("added_tokens", added);
    tokenizer.put(
        "normalizer",
        Map.of(
            "type",
            "Sequence",
            "normalizers",
            List.of(
                Map.of("type", "Prepend", "prepend", "\u2581"),
                Map.of("type", "Replace", "pattern", Map.of("String", " "), "content", "\u2581"))));
    tokenizer.put("pre_tokenizer", null);
    tokenizer.put("model", model);
    return tokenizer;
  }

  /** All ways to make a piece of two others, the piece with the highest score first. */
  private static List<String> merges(SentencePieceVocabulary vocabulary, Map<String, Integer> ids) {
    List<Integer> byScore = new ArrayList<>();
    Map<Integer, List<String>> pairs = new HashMap<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.types().get(id) == PieceType.NORMAL) {
        byScore.add(id);
        pairs.put(id, pairs(vocabulary.pieces().get(id), ids));
      }
    }
    byScore.sort(Comparator.comparing((Integer id) -> vocabulary.scores()[id]).reversed());
    return byScore.stream().flatMap(id -> pairs.get(id).stream()).toList();
  }

  private static List<String> pairs(String piece, Map<String, Integer> ids) {
    List<String> result = new ArrayList<>();
    for (int at = 1; at < piece.length(); at++) {
      String left = piece.substring(0, at);
      String right = piece.substring(at);
      if (ids.containsKey(left) && ids.containsKey(right)) {
        result.add(left + " " + right);
      }
    }
    return result;
  }
}
