package io.flinkmistral.tokenizer.sentencepiece;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tokenizer.bpe.BpeMerge;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How the work of merging grows with a text without spaces, counted in pairs looked at. Each of
 * them costs one look into a table and at most one place of a heap, so that n log n is the most.
 */
class BpeGrowthTest {
  private static final int LARGEST = 1 << 20;

  private static final ScoredMerges RULES = new ScoredMerges(Vocabularies.of("v3"));

  /** Texts in which one merge sets off the next, from either end, or none does. */
  static Stream<String> units() {
    Random random = new Random(5);
    StringBuilder letters = new StringBuilder();
    random.ints(1 << 16, 'a', 'z' + 1).forEach(c -> letters.append((char) c));
    return Stream.of(
        "a",
        "ab",
        "aab",
        "▁",
        "▁▁▁a",
        "etaoinshrdlu",
        "internationalization",
        "é🙂",
        "[",
        "[REFERENCE_DOC_7]",
        "[REFERENCE_DOC_",
        "\u0000",
        "0123456789",
        letters.toString());
  }

  @ParameterizedTest
  @MethodSource("units")
  void pairsGrowWithTheTextAndNoFaster(String unit) {
    long before = 0;
    for (int n = 1 << 14; n <= LARGEST; n *= 4) {
      char[] text = unit.repeat(n / unit.length() + 1).substring(0, n).toCharArray();
      long pairs = new BpeMerge(RULES, text).pairs();
      assertThat(pairs).as("%d characters", n).isBetween(1L, 3L * n);
      if (before > 0 && n > unit.length() * 4) {
        assertThat(pairs).as("%d characters", n).isLessThan(5 * before);
      }
      before = pairs;
    }
  }
}
