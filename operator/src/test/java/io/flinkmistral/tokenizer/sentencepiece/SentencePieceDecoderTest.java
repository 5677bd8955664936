package io.flinkmistral.tokenizer.sentencepiece;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.TokenStreamDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class SentencePieceDecoderTest {
  private static final int V3_BYTES = 771;
  private static final int V3_SPACE = 29473;
  private static final int V3_THE = 1040;

  static List<Goldens.Encoding> goldens() {
    return Goldens.encodings();
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void theTextsOfTheTokensAreTheTextOfAll(Goldens.Encoding golden) {
    assertThat(streamed(Vocabularies.of(golden.version()), golden.ids()))
        .isEqualTo(golden.decoded());
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void randomIdsGiveTheSameTextOneByOneAndAtOnce(String version) {
    SentencePieceVocabulary vocabulary = Vocabularies.of(version);
    Random random = new Random(4);
    for (int i = 0; i < 20_000; i++) {
      int[] ids = randomIds(random, version.equals("v1") ? 3 : V3_BYTES, vocabulary.size());
      String expected = slowly(vocabulary, ids);
      assertThat(Tokenizers.of(version).decode(ids)).as(Arrays.toString(ids)).isEqualTo(expected);
      assertThat(streamed(vocabulary, ids)).as(Arrays.toString(ids)).isEqualTo(expected);
    }
  }

  @Test
  void aCharacterIsHeldBackUntilItsLastByte() {
    TokenStreamDecoder decoder = new SentencePieceDecoder(Vocabularies.V3);
    assertThat(decoder.accept(V3_BYTES + 0xF0)).isEmpty();
    assertThat(decoder.accept(V3_BYTES + 0x9F)).isEmpty();
    assertThat(decoder.accept(V3_BYTES + 0x99)).isEmpty();
    assertThat(decoder.accept(V3_BYTES + 0x82)).isEqualTo("🙂");
    assertThat(decoder.accept(V3_THE)).isEqualTo(" the");
    assertThat(decoder.finish()).isEmpty();
  }

  @Test
  void incompleteBytesComeOutAtTheEndOrBeforeTheNextPiece() {
    TokenStreamDecoder decoder = new SentencePieceDecoder(Vocabularies.V3);
    assertThat(decoder.accept(V3_BYTES + 0xE2)).isEmpty();
    assertThat(decoder.accept(V3_THE)).isEqualTo("\ufffd the");
    assertThat(decoder.accept(V3_BYTES + 0xE2)).isEmpty();
    assertThat(decoder.accept(V3_BYTES + 0x82)).isEmpty();
    assertThat(decoder.finish()).isEqualTo("\ufffd\ufffd");
    assertThat(decoder.finish()).isEmpty();
  }

  /** Each text is what SentencePiece gives for the ids. */
  @Test
  void decodesUnusualIdsLikeSentencePiece() {
    assertThat(decoded(1, V3_THE)).isEqualTo("the");
    assertThat(decoded(V3_SPACE, V3_THE)).isEqualTo(" the");
    assertThat(decoded(V3_SPACE, 1, V3_THE)).isEqualTo(" the");
    assertThat(decoded(V3_SPACE, bytes(0x41), V3_THE)).isEqualTo("A the");
    assertThat(decoded(1, V3_SPACE, V3_SPACE)).isEqualTo(" ");
    assertThat(decoded(0, V3_THE)).isEqualTo(" \u2047  the");
    assertThat(decoded(0, 0, 1, 0)).isEqualTo(" \u2047  \u2047  \u2047 ");
    assertThat(decoded(bytes(0x20), V3_THE)).isEqualTo("  the");
    assertThat(decoded(bytes(0xE2), bytes(0x82), bytes(0xAC))).isEqualTo("€");
    assertThat(decoded(bytes(0xE2), bytes(0x82), 1, bytes(0xAC))).isEqualTo("\ufffd".repeat(3));
    assertThat(decoded(bytes(0xF0), bytes(0x9F), bytes(0x41))).isEqualTo("\ufffd\ufffdA");
    assertThat(decoded(bytes(0xED), bytes(0xA0), bytes(0x80))).isEqualTo("\ufffd".repeat(3));
    assertThat(decoded(bytes(0xC0), bytes(0x80))).isEqualTo("\ufffd\ufffd");
  }

  @Test
  void anIdOutsideTheVocabularyIsRefused() {
    TokenStreamDecoder decoder = new SentencePieceDecoder(Vocabularies.V3);
    assertThatThrownBy(() -> decoder.accept(32768))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("token id 32768 is not in the vocabulary, which has the ids 0 to 32767");
  }

  private static int bytes(int value) {
    return V3_BYTES + value;
  }

  private static String decoded(int... ids) {
    assertThat(streamed(Vocabularies.V3, ids)).isEqualTo(Tokenizers.V3.decode(ids));
    return Tokenizers.V3.decode(ids);
  }

  private static String streamed(SentencePieceVocabulary vocabulary, int[] ids) {
    TokenStreamDecoder decoder = new SentencePieceDecoder(vocabulary);
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(decoder.accept(id));
    }
    return text.append(decoder.finish()).toString();
  }

  /** Few ids, most of them bytes, and of these most in or near the form of UTF-8. */
  private static int[] randomIds(Random random, int firstByte, int size) {
    byte[] character =
        Character.toString(random.nextInt(0x110000)).getBytes(StandardCharsets.UTF_8);
    return random
        .ints(random.nextInt(12))
        .map(
            bits ->
                switch (bits & 7) {
                  case 0 -> (bits >>> 3) % size;
                  case 1 -> (bits >>> 3) % 3;
                  case 2 -> firstByte + (bits >>> 3 & 0xFF);
                  case 3 -> firstByte + 0xC0 + (bits >>> 3 & 0x3F);
                  case 4 -> firstByte + (character[(bits >>> 3) % character.length] & 0xFF);
                  default -> firstByte + 0x80 + (bits >>> 3 & 0x3F);
                })
        .toArray();
  }

  /** Decoding in plain words: runs of bytes are read as UTF-8, of other pieces the text counts. */
  private static String slowly(SentencePieceVocabulary vocabulary, int[] ids) {
    StringBuilder text = new StringBuilder();
    boolean prefixMayCome = true;
    for (int i = 0; i < ids.length; i++) {
      String piece = vocabulary.pieces().get(ids[i]);
      switch (vocabulary.types().get(ids[i])) {
        case BYTE -> {
          int end = i;
          while (end < ids.length && vocabulary.types().get(ids[end]) == PieceType.BYTE) {
            end++;
          }
          byte[] run = new byte[end - i];
          for (int j = 0; j < run.length; j++) {
            run[j] =
                (byte) Integer.parseInt(vocabulary.pieces().get(ids[i + j]).substring(3, 5), 16);
          }
          text.append(readLeniently(run));
          prefixMayCome = false;
          i = end - 1;
        }
        case CONTROL -> {}
        case UNKNOWN -> {
          text.append(" \u2047 ");
          prefixMayCome = false;
        }
        case NORMAL, USER_DEFINED, UNUSED -> {
          text.append((prefixMayCome ? piece.replaceFirst("^▁", "") : piece).replace('▁', ' '));
          prefixMayCome = false;
        }
      }
    }
    return text.toString();
  }

  /** Reads the shortest valid character at each place, or U+FFFD for one byte. */
  private static String readLeniently(byte[] bytes) {
    StringBuilder text = new StringBuilder();
    for (int from = 0, length; from < bytes.length; from += length) {
      String character = "\ufffd";
      length = 1;
      for (int n = 1; n <= 4 && from + n <= bytes.length; n++) {
        try {
          character =
              StandardCharsets.UTF_8
                  .newDecoder()
                  .decode(ByteBuffer.wrap(bytes, from, n))
                  .toString();
          length = n;
          break;
        } catch (CharacterCodingException notACharacter) {
          // one byte more may make it one
        }
      }
      text.append(character);
    }
    return text.toString();
  }
}
