package io.flinkmistral.engine.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.kernel.Kernels;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.tokenizer.sentencepiece.Vocabularies;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.reader.ModelReader;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Fingerprints stand in savepoints: with another one a conversation's tokens are encoded anew, and
 * its pages are dropped. So they are the same from one version to the next.
 */
@Timeout(60)
class FingerprintsTest {
  private static final Path MODEL =
      Path.of("src", "test", "resources", "models", "block256_w20.q4_k_m.gguf");

  @Test
  void areThoseThatSavepointsHold() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      ModelFile file = ModelReader.open(MODEL, arena, LoadListener.NONE);
      assertThat(file.fingerprint())
          .isEqualTo("c94a720fb0934c16587aaf0b9e90290f3eb796edd44744fa3ede0235847406b2");
      SentencePieceVocabulary own = (SentencePieceVocabulary) file.vocabulary().orElseThrow();
      assertThat(tokenizer(file, own)).isEqualTo("cf3211d607333a2926d0aacd90bab7ff");
      assertThat(tokenizer(file, Vocabularies.V1)).isEqualTo("3b0c813fe619fb23973a8e0e3eb5e6dd");
      assertThat(tokenizer(file, Vocabularies.V3)).isEqualTo("057c44e57b9c2f30d271a5be511d441a");
      SentencePieceVocabulary withoutExtraSpaces =
          new SentencePieceVocabulary(
              own.pieces(),
              own.scores(),
              own.types(),
              own.bosId(),
              own.eosId(),
              own.unknownId(),
              false,
              true);
      assertThat(tokenizer(file, withoutExtraSpaces)).isEqualTo("e26921b3b239bbd4066350892d694084");
    }
  }

  private static String tokenizer(ModelFile file, SentencePieceVocabulary vocabulary)
      throws Exception {
    ModelFile with =
        new ModelFile(
            file.name(),
            file.config(),
            file.weights(),
            Optional.of(vocabulary),
            file.chat(),
            file.fingerprint(),
            file.bytes());
    ModelSettings settings = ModelSettings.of(MODEL.toString());
    return Fingerprints.of(
            with, ModelBlueprint.of(with, settings, LoadListener.NONE), Kernels.best())
        .tokenizer();
  }
}
