package io.flinkmistral.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.generation.text.Completion;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.tekken.SmallTekken;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.gguf.GgufWriter;
import io.flinkmistral.weights.gguf.QuantizationMix;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models with a Tekken vocabulary, from their file to a decoder. */
@Timeout(60)
class TekkenModelTest {
  private static final Path MODEL =
      Path.of("src", "test", "resources", "models", "block256_w20.q4_k_m.gguf");

  /** Rows of its embedding. */
  private static final int ROWS = 288;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"v3", "v7"})
  void theVocabularyBringsTokenizerTemplateAndFingerprint(String version) throws Exception {
    TekkenVocabulary vocabulary = vocabulary(version);
    Path file = write(vocabulary);
    CompletionRequest request = CompletionRequest.ofUser("r", "c", "Why? [INST]");
    try (LanguageModel model =
        LanguageModel.load(ModelSettings.of(file.toString()).withThreads(1), LoadListener.NONE)) {
      int[] prompt = model.encodeTurn(true, request);
      assertThat(prompt)
          .isEqualTo(
              InstructTemplate.ofName(version)
                  .renderTurn(vocabulary.tokenizer(), true, request.messages(), List.of()))
          .startsWith(1, 3)
          .endsWith(4);
      assertThat(model.fewestTokens(request)).isBetween(1, prompt.length);
      assertThat(model.tokenizer().decode(prompt)).isEqualTo("Why? [INST]");
      StringBuilder pieces = new StringBuilder();
      try (StatelessClient client =
          model.stateless(new StatelessSettings(new BatchLimits(4, 64), 64L << 20, 60, 1000))) {
        Completion completion =
            client.complete(request, piece -> pieces.append(piece.text())).join();
        assertThat(completion.text()).isEqualTo(pieces.toString()).isNotEmpty();
      }
      assertThat(model.tokenizerFingerprint())
          .isEqualTo("2aefbb347d76b09d7f4648f030b4a293")
          .as("of the pieces, not of the template");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"v11", "v13", "v15", "anything"})
  void aVersionWhoseTemplateIsNotKnownIsRefusedByItsName(String version) throws Exception {
    Path file = write(vocabulary(version));
    assertThatThrownBy(() -> LanguageModel.check(ModelSettings.of(file.toString())))
        .isInstanceOf(MalformedModelException.class)
        .hasMessageStartingWith(file + ": at byte ")
        .hasMessageContaining(
            "tokenizer.ggml.tokens is of a tokenizer of version %s: this file's model needs the instruct template %s, which is not supported yet"
                .formatted(version, version));
    assertThat(((TekkenVocabulary) ModelReader.readVocabulary(file)).tokenizer().encode("a"))
        .as("texts can be encoded all the same")
        .hasSize(1);
  }

  @Test
  void aVocabularyWithoutThePiecesOfItsTemplateIsRefusedBeforeAnythingRuns() throws Exception {
    TekkenVocabulary named = vocabulary("v7");
    List<String> pieces = new ArrayList<>(named.pieces());
    pieces.set(19, "<SPECIAL_19>");
    Path file = write(new TekkenVocabulary(pieces, named.types(), 1, 2, "v7"));
    assertThatThrownBy(() -> LanguageModel.check(ModelSettings.of(file.toString())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("template v7 does not fit model " + file)
        .hasMessageContaining("[TOOL_CONTENT]");
  }

  @Test
  void whatIsWrittenAndReadIsTheSameVocabulary() throws Exception {
    TekkenVocabulary before = vocabulary("v3");
    TekkenVocabulary after = (TekkenVocabulary) ModelReader.readVocabulary(write(before));
    assertThat(after.pieces()).isEqualTo(before.pieces());
    assertThat(after.types()).isEqualTo(before.types());
    assertThat(after.templateVersion()).isEqualTo("v3");
    assertThat(after.bosId()).isEqualTo(1);
    assertThat(after.eosId()).isEqualTo(2);
  }

  /**
   * The small one, cut to the rows of the model: its special pieces by name, bytes, some merged.
   */
  private static TekkenVocabulary vocabulary(String version) {
    TekkenVocabulary small = SmallTekken.VOCABULARY;
    List<String> pieces = new ArrayList<>(small.pieces().subList(0, 20));
    pieces.addAll(small.pieces().subList(40, 40 + ROWS - 20));
    List<PieceType> types = new ArrayList<>(small.types().subList(0, 20));
    types.addAll(small.types().subList(40, 40 + ROWS - 20));
    return new TekkenVocabulary(pieces, types, 1, 2, version);
  }

  private Path write(TekkenVocabulary vocabulary) throws IOException {
    Path out = folder.resolve("tekken.gguf");
    try (Arena arena = Arena.ofShared()) {
      ModelFile model = ModelReader.open(MODEL, arena, LoadListener.NONE);
      GgufWriter.write(
          new ModelFile(
              model.name(),
              model.config(),
              model.weights(),
              Optional.of(vocabulary),
              model.chat(),
              model.fingerprint(),
              model.bytes()),
          QuantizationMix.Q8_0,
          out,
          LoadListener.NONE);
    }
    return out;
  }
}
