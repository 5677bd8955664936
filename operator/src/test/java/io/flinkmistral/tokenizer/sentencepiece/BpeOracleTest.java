package io.flinkmistral.tokenizer.sentencepiece;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.RandomTexts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Compares with merging as it is defined: look through all pairs of neighbours, merge the best one,
 * start over.
 */
class BpeOracleTest {
  private static final Pattern VERBATIM = Pattern.compile("\\[REFERENCE_DOC_\\d+]");

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void mergesLikeTheDefinition(String version) {
    Map<String, Integer> normal = normalPieces(Vocabularies.of(version));
    RandomTexts texts = new RandomTexts(3);
    for (int i = 0; i < 10_000; i++) {
      int size = texts.random().nextInt(25);
      String text = i % 2 == 0 ? texts.mixed(size) : texts.overFewLetters(2 * size);
      assertThat(Tokenizers.of(version).encode(text))
          .as(text)
          .isEqualTo(slowly(text, Vocabularies.of(version), normal));
    }
  }

  private static Map<String, Integer> normalPieces(SentencePieceVocabulary vocabulary) {
    Map<String, Integer> result = new HashMap<>();
    for (int id = 0; id < vocabulary.size(); id++) {
      if (vocabulary.types().get(id) == PieceType.NORMAL) {
        result.put(vocabulary.pieces().get(id), id);
      }
    }
    return result;
  }

  private static int[] slowly(
      String text, SentencePieceVocabulary vocabulary, Map<String, Integer> normal) {
    if (text.isEmpty()) {
      return new int[0];
    }
    String spaced = ("▁" + text).replace(' ', '▁');
    List<Integer> ids = new ArrayList<>();
    Matcher verbatim = VERBATIM.matcher(spaced);
    int from = 0;
    while (verbatim.find()) {
      if (normal.containsKey(verbatim.group())) {
        merge(spaced.substring(from, verbatim.start()), vocabulary, normal, ids);
        ids.add(normal.get(verbatim.group()));
        from = verbatim.end();
      }
    }
    merge(spaced.substring(from), vocabulary, normal, ids);
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static void merge(
      String text,
      SentencePieceVocabulary vocabulary,
      Map<String, Integer> normal,
      List<Integer> ids) {
    List<String> symbols =
        new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
    while (true) {
      int best = -1;
      float bestScore = Float.NEGATIVE_INFINITY;
      for (int i = 0; i + 1 < symbols.size(); i++) {
        Integer id = normal.get(symbols.get(i) + symbols.get(i + 1));
        if (id != null && vocabulary.scores()[id] > bestScore) {
          best = i;
          bestScore = vocabulary.scores()[id];
        }
      }
      if (best < 0) {
        break;
      }
      symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
    }
    for (String symbol : symbols) {
      if (normal.containsKey(symbol)) {
        ids.add(normal.get(symbol));
      } else {
        for (byte b : symbol.getBytes(StandardCharsets.UTF_8)) {
          ids.add(vocabulary.pieces().indexOf("<0x%02X>".formatted(b)));
        }
      }
    }
  }
}
