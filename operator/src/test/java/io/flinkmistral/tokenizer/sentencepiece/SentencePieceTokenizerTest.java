package io.flinkmistral.tokenizer.sentencepiece;

import static io.flinkmistral.tokenizer.sentencepiece.Tokenizers.Piece.normal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.RandomTexts;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers.Piece;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentencePieceTokenizerTest {
  static List<Goldens.Encoding> goldens() {
    return Goldens.encodings();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void encodesLikeSentencePiece(Goldens.Encoding golden) {
    assertThat(golden.tokenizer().encode(golden.text())).isEqualTo(golden.ids());
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void decodesLikeSentencePiece(Goldens.Encoding golden) {
    assertThat(golden.tokenizer().decode(golden.ids())).isEqualTo(golden.decoded());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void decodingGivesBackWhatWasEncoded(String version) {
    RandomTexts texts = new RandomTexts(1);
    for (int i = 0; i < 3000; i++) {
      String text = texts.mixed(texts.random().nextInt(30));
      // U+2581 is how pieces spell a space, so it comes back as one.
      String expected = text.replace('\u2581', ' ');
      Tokenizer tokenizer = Tokenizers.of(version);
      assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void noTextHasFewerTokensThanTheFewestTold(String version) {
    RandomTexts texts = new RandomTexts(2);
    Tokenizer tokenizer = Tokenizers.of(version);
    for (int i = 0; i < 3000; i++) {
      String text = texts.mixed(texts.random().nextInt(30));
      assertThat(tokenizer.fewestTokens(text)).isLessThanOrEqualTo(tokenizer.encode(text).length);
    }
    for (String piece : Vocabularies.of(version).pieces()) {
      String text = piece.repeat(20);
      assertThat(tokenizer.fewestTokens(text)).isLessThanOrEqualTo(tokenizer.encode(text).length);
    }
    assertThat(tokenizer.fewestTokens("dog ".repeat(220_000))).isGreaterThan(32_768);
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void textThatLooksLikeAControlPieceStaysText(String version) {
    SentencePieceVocabulary vocabulary = Vocabularies.of(version);
    for (int id = 0; id < vocabulary.size(); id++) {
      PieceType type = vocabulary.types().get(id);
      if (type == PieceType.NORMAL) {
        continue;
      }
      String look = vocabulary.pieces().get(id);
      for (String text : List.of(look, "a" + look + "b", look + look)) {
        int[] ids = Tokenizers.of(version).encode(text);
        assertThat(ids).as(text).doesNotContain(id);
        assertThat(vocabulary.types().get(ids[ids.length - 1])).isEqualTo(PieceType.NORMAL);
        assertThat(Tokenizers.of(version).decode(ids)).isEqualTo(text);
      }
    }
  }

  /** The ids are those of SentencePiece with Mistral's model file, in which the type is given. */
  @Test
  void piecesThatNoMergeMakesAreMatchedVerbatim() {
    assertThat(Tokenizers.V3.encode("see [REFERENCE_DOC_7] ok"))
        .containsExactly(1800, 29473, 763, 4382);
    assertThat(Tokenizers.V3.encode("[REFERENCE_DOC_1]")).containsExactly(29473, 769);
    assertThat(Tokenizers.V3.encode("[REFERENCE_DOC_17]x[REFERENCE_DOC_1"))
        .containsExactly(
            29473, 753, 29512, 29560, 15097, 1493, 16451, 29498, 5938, 29511, 29498, 29508);
    assertThat(Tokenizers.V1.encode("see [REFERENCE_DOC_7] ok"))
        .containsExactly(
            1032, 733, 14329, 725, 15683, 28730, 5170, 28743, 28730, 28787, 28793, 3614);
  }

  @Test
  void theLongestUserDefinedPieceIsTakenAndNeverMerged() {
    SentencePieceTokenizer tokenizer =
        Tokenizers.small(
            new Piece("<a", 0, PieceType.USER_DEFINED),
            new Piece("<a>", 0, PieceType.USER_DEFINED),
            normal("x", -5),
            normal("x<a>", -1),
            normal("<ax", -2),
            normal("a", -6));
    assertThat(tokenizer.encode("x<a>")).containsExactly(5, 4);
    assertThat(tokenizer.encode("<ax")).containsExactly(3, 5);
    assertThat(tokenizer.encode("<<a>a")).containsExactly(0, 4, 8);
  }

  @Test
  void theHighestScoreMergesFirstAndTheLeftmostOfEquals() {
    SentencePieceTokenizer tokenizer =
        Tokenizers.small(
            normal("a", -9),
            normal("b", -9),
            normal("c", -9),
            normal("ab", -2),
            normal("bc", -1),
            normal("aa", -3),
            normal("ca", -3));
    assertThat(tokenizer.encode("abc")).containsExactly(3, 7);
    assertThat(tokenizer.encode("aaa")).containsExactly(8, 3);
    assertThat(tokenizer.encode("caa")).containsExactly(9, 3);
    assertThat(tokenizer.encode("aaca")).containsExactly(8, 9);
  }

  @Test
  void zeroAndMinusZeroAreEqualScores() {
    SentencePieceTokenizer tokenizer =
        Tokenizers.small(normal("a", -9), normal("b", -9), normal("ab", -0.0f), normal("ba", 0.0f));
    assertThat(tokenizer.encode("aba")).containsExactly(5, 3);
    assertThat(tokenizer.encode("bab")).containsExactly(6, 4);
  }

  @Test
  void unusedPiecesFallBackIntoWhatTheyWereMergedFrom() {
    SentencePieceTokenizer tokenizer =
        Tokenizers.small(
            normal("a", -9),
            normal("b", -9),
            normal("c", -9),
            new Piece("ab", -1, PieceType.UNUSED),
            new Piece("abc", -2, PieceType.UNUSED),
            normal("abca", -3));
    assertThat(tokenizer.encode("abc")).containsExactly(3, 4, 5);
    assertThat(tokenizer.encode("abca")).containsExactly(8);
  }

  @Test
  void withoutBytePiecesARunOfUnknownCharactersIsOneUnknownId() {
    SentencePieceTokenizer tokenizer = Tokenizers.small(normal("a", -1));
    assertThat(tokenizer.encode("a🙂éa中")).containsExactly(3, 0, 3, 0);
    assertThat(tokenizer.decode(new int[] {3, 0, 3})).isEqualTo("a \u2047 a");
  }

  @Test
  void theDummyPrefixIsTheVocabularysChoice() {
    Piece[] pieces = {normal("a", -2), normal("\u2581", -3), normal("\u2581a", -1)};
    Tokenizer with = new SentencePieceTokenizer(Tokenizers.vocabulary(true, pieces));
    Tokenizer without = new SentencePieceTokenizer(Tokenizers.vocabulary(false, pieces));
    assertThat(with.encode("a a")).containsExactly(5, 5);
    assertThat(without.encode("a a")).containsExactly(3, 5);
    assertThat(with.decode(new int[] {5, 5})).isEqualTo("a a");
    assertThat(without.decode(new int[] {5, 5})).isEqualTo(" a a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\ud83d", "\ude42", "a\ud83d", "\ude42\ud83d", "x\ud83dy", "\ud83d\ud83d\ude42"})
  void aLoneSurrogateBecomesAReplacementCharacter(String text) {
    String expected = text.replaceAll("[\\x{d800}-\\x{dfff}]", "\ufffd");
    assertThat(expected).isNotEqualTo(text);
    assertThat(Tokenizers.V3.encode(text)).isEqualTo(Tokenizers.V3.encode(expected));
    assertThat(Tokenizers.V3.decode(Tokenizers.V3.encode(text))).isEqualTo(expected);
  }

  /** Quadratic merging would take hours here. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "ab", "▁", "etaoinshrdlu", "é🙂", "[", "[REFERENCE_DOC_7]"})
  void aMillionCharactersWithoutASpaceAreEncoded(String unit) {
    String text = unit.repeat((1 << 20) / unit.length());
    int[] ids = Tokenizers.V3.encode(text);
    assertThat(Tokenizers.V3.decode(ids)).isEqualTo(text.replace('\u2581', ' '));
  }

  @Test
  void idsOutsideTheVocabularyAreRefused() {
    assertThatThrownBy(() -> Tokenizers.V1.decode(new int[] {32000}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("token id 32000 is not in the vocabulary, which has the ids 0 to 31999");
    assertThatThrownBy(() -> Tokenizers.V1.decode(new int[] {-1}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("token id -1 ");
  }

  @Test
  void aDamagedVocabularyIsRefused() {
    assertThatThrownBy(() -> Tokenizers.small(new Piece("<0xG0>", 0, PieceType.BYTE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "piece 3 has the type BYTE, so its text must be like <0x0A>, but it is '<0xG0>'");
    SentencePieceVocabulary bad =
        new SentencePieceVocabulary(
            List.of("<unk>"), new float[1], List.of(PieceType.UNKNOWN), 0, 7, 0, true);
    assertThatThrownBy(() -> new SentencePieceTokenizer(bad))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("eosId is 7")
        .hasMessageContaining("ids 0 to 0");
  }

  @Test
  void manyThreadsGetWhatOneGets() throws Exception {
    RandomTexts texts = new RandomTexts(2);
    List<String> inputs = IntStream.range(0, 200).mapToObj(i -> texts.mixed(40)).toList();
    List<int[]> expected = inputs.stream().map(Tokenizers.V3::encode).toList();
    Callable<List<int[]>> work = () -> inputs.stream().map(Tokenizers.V3::encode).toList();
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<List<int[]>>> results = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        results.add(threads.submit(work));
      }
      for (Future<List<int[]>> result : results) {
        for (int i = 0; i < inputs.size(); i++) {
          assertThat(result.get().get(i)).isEqualTo(expected.get(i));
        }
      }
    }
  }
}
