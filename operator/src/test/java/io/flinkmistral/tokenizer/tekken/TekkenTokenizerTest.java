package io.flinkmistral.tokenizer.tekken;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.RandomTexts;
import io.flinkmistral.tokenizer.TokenStreamDecoder;
import io.flinkmistral.tokenizer.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TekkenTokenizerTest {
  private static final TekkenVocabulary VOCABULARY = SmallTekken.VOCABULARY;
  private static final Tokenizer TOKENIZER = VOCABULARY.tokenizer();

  @Test
  void mergesTheLowestRankFirstAndTheLeftmostOfEquals() {
    Random random = new Random(3);
    for (int i = 0; i < 3000; i++) {
      StringBuilder word = new StringBuilder();
      for (int n = 1 + random.nextInt(20); n > 0; n--) {
        word.append("aeinorstlu\u00E9\u00FC".charAt(random.nextInt(12)));
      }
      assertThat(TOKENIZER.encode(word.toString()))
          .as(word.toString())
          .isEqualTo(slowly(word.toString()));
    }
  }

  @Test
  void aWordThatIsAPieceIsThatPieceThoughNoMergingMakesIt() {
    assertThat(TOKENIZER.encode(" Quetzalcoatl")).containsExactly(40 + 638);
    assertThat(TOKENIZER.encode(" Quetzalcoatls").length).isGreaterThan(2);
  }

  @Test
  void whatIsDecodedIsWhatWasEncoded() {
    RandomTexts texts = new RandomTexts(4);
    for (int i = 0; i < 3000; i++) {
      String text = texts.mixed(texts.random().nextInt(30));
      int[] ids = TOKENIZER.encode(text);
      String whole = new String(text.getBytes(StandardCharsets.UTF_16), StandardCharsets.UTF_16);
      assertThat(TOKENIZER.decode(ids)).isEqualTo(whole);
      assertThat(TOKENIZER.fewestTokens(text)).isLessThanOrEqualTo(ids.length);
      assertThat(IntStream.of(ids)).as("no special pieces").allMatch(id -> id >= 40);
    }
  }

  @Test
  void loneSurrogatesAreReplacedEach() {
    assertThat(TOKENIZER.encode("\uD83D\uD83D\uDE00\uDE00"))
        .isEqualTo(TOKENIZER.encode("\uFFFD\uD83D\uDE00\uFFFD"));
  }

  /** Engines that backtrack take the square of its length, or give up. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "A",
        "\u02B0",
        "\u6F22",
        "\u0301",
        "1",
        " ",
        "\n",
        "\t",
        " \n",
        "!",
        "/",
        "'",
        "\uD83D\uDE00",
        "\uD83D",
        "\u0000",
        "A\u02B0",
        "\u02B0A",
        "\u0301A",
        " A",
        "\r/",
        "!\u0301",
        "aB"
      })
  void aMillionOfOneCharacterIsEncoded(String unit) {
    String text = unit.repeat(1_000_000 / unit.length());
    int[] ids = TOKENIZER.encode(text);
    assertThat(ids.length).isGreaterThanOrEqualTo(TOKENIZER.fewestTokens(text));
    assertThat(TOKENIZER.decode(ids))
        .isEqualTo(unit.equals("\uD83D") ? "\uFFFD".repeat(1_000_000) : text);
    assertThat(TOKENIZER.encode(text + "x")).isNotEmpty();
  }

  @Test
  void bytesOfACharacterAreHeldBackAndNotJoinedOverSpecialPieces() {
    int first = 40 + 0xC3;
    int second = 40 + 0xA9;
    TokenStreamDecoder decoder = TOKENIZER.newDecoder();
    assertThat(decoder.accept(first)).isEmpty();
    assertThat(decoder.accept(second)).isEqualTo("\u00E9");
    assertThat(decoder.accept(first)).isEmpty();
    assertThat(decoder.accept(2)).isEqualTo("\uFFFD");
    assertThat(decoder.accept(second)).isEqualTo("\uFFFD");
    assertThat(decoder.accept(first)).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\uFFFD");
    for (int id : new int[] {-1, 680}) {
      assertThatThrownBy(() -> TOKENIZER.newDecoder().accept(id))
          .hasMessageContaining("token id " + id)
          .hasMessageContaining("ids 0 to 679");
    }
  }

  @Test
  void endsThatAFileNamesAreControlsUnlessTextCanBecomeThem() {
    List<String> pieces = new ArrayList<>(VOCABULARY.pieces());
    List<PieceType> types = new ArrayList<>(VOCABULARY.types());
    pieces.add("<|im_end|>");
    types.add(PieceType.USER_DEFINED);
    TekkenVocabulary more = new TekkenVocabulary(pieces, types, 1, 2, "v3");
    assertThat(more.tokenizer().decode(new int[] {680})).isEqualTo("<|im_end|>");
    assertThat(more.tokenizer().encode("<|im_end|>")).doesNotContain(680);
    TekkenVocabulary ended = more.withControls(List.of(680, 300, -1, 9999));
    assertThat(ended.types().get(680)).isEqualTo(PieceType.CONTROL);
    assertThat(ended.types().get(300)).isEqualTo(PieceType.NORMAL);
    assertThat(ended.tokenizer().decode(new int[] {680})).isEmpty();
    assertThat(VOCABULARY.withControls(List.of(2))).isSameAs(VOCABULARY);
  }

  @Test
  void aVocabularyWithoutAByteIsRefused() {
    List<PieceType> types = new ArrayList<>(VOCABULARY.types());
    types.set(40 + 0xFE, PieceType.UNUSED);
    TekkenVocabulary damaged = new TekkenVocabulary(VOCABULARY.pieces(), types, 1, 2, "v3");
    assertThatThrownBy(damaged::tokenizer)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no piece for the byte 0xFE");
  }

  /** Merges in a word of letters by looking at all pairs each time. */
  private static int[] slowly(String word) {
    List<String> parts = new ArrayList<>();
    for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
      parts.add(String.valueOf((char) (value & 0xFF)));
    }
    String whole = String.join("", parts);
    if (rank(whole) < Integer.MAX_VALUE) {
      return new int[] {rank(whole)};
    }
    while (true) {
      List<String> now = parts;
      int best =
          IntStream.range(0, now.size() - 1)
              .boxed()
              .min((a, b) -> Integer.compare(pairRank(now, a), pairRank(now, b)))
              .orElse(0);
      if (now.size() < 2 || pairRank(now, best) == Integer.MAX_VALUE) {
        break;
      }
      parts.set(best, parts.get(best) + parts.remove(best + 1));
    }
    IdBuffer ids = new IdBuffer(0);
    parts.forEach(part -> ids.add(rank(part)));
    return ids.toArray();
  }

  private static int pairRank(List<String> parts, int at) {
    return rank(parts.get(at) + parts.get(at + 1));
  }

  private static int rank(String piece) {
    int id = VOCABULARY.pieces().subList(40, 680).indexOf(piece);
    return id < 0 ? Integer.MAX_VALUE : id + 40;
  }
}
