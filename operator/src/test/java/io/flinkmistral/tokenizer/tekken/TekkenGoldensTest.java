package io.flinkmistral.tokenizer.tekken;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.tokenizer.TokenStreamDecoder;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Goldens;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Ids and texts as mistral-common 1.12.0 gives them; make_goldens.py asked it. */
@Timeout(60)
class TekkenGoldensTest {
  private static final JsonNode GOLDENS = Goldens.read("goldens_tekken.json");

  static Stream<Path> files() {
    return Stream.of(SmallTekken.JSON, SmallTekken.GGUF);
  }

  @ParameterizedTest
  @MethodSource("files")
  void encodesLikeMistralCommon(Path file) {
    Tokenizer tokenizer = SmallTekken.read(file).tokenizer();
    assertThat(GOLDENS.get("encodings").size()).isGreaterThan(350);
    for (JsonNode golden : GOLDENS.get("encodings")) {
      String text = golden.get("text").stringValue();
      assertThat(tokenizer.encode(text)).as(text).isEqualTo(Goldens.ids(golden));
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void decodesLikeMistralCommonAtOnceAndTokenByToken(Path file) {
    Tokenizer tokenizer = SmallTekken.read(file).tokenizer();
    assertThat(GOLDENS.get("decodings").size()).isGreaterThan(700);
    for (JsonNode golden : GOLDENS.get("decodings")) {
      int[] ids = Goldens.ids(golden);
      String expected = golden.get("text").stringValue();
      assertThat(tokenizer.decode(ids)).as(Arrays.toString(ids)).isEqualTo(expected);
      StringBuilder streamed = new StringBuilder();
      TokenStreamDecoder decoder = tokenizer.newDecoder();
      for (int id : ids) {
        streamed.append(decoder.accept(id));
        assertThat(expected).startsWith(streamed);
      }
      assertThat(streamed.append(decoder.finish())).hasToString(expected);
    }
  }

  @Test
  void bothFilesHoldTheSameVocabulary() {
    TekkenVocabulary json = SmallTekken.VOCABULARY;
    TekkenVocabulary gguf = SmallTekken.read(SmallTekken.GGUF);
    assertThat(json.size()).isEqualTo(680);
    assertThat(gguf.pieces()).isEqualTo(json.pieces());
    assertThat(gguf.types()).isEqualTo(json.types());
    assertThat(gguf.controls()).isEqualTo(json.controls()).containsEntry("[TOOL_CALLS]", 9);
    assertThat(gguf.bosId()).isEqualTo(json.bosId()).isEqualTo(1);
    assertThat(gguf.eosId()).isEqualTo(json.eosId()).isEqualTo(2);
    assertThat(json.templateVersion()).isEqualTo("v3");
    assertThat(gguf.templateVersion()).as("by the names of its pieces").isEqualTo("v7");
  }
}
