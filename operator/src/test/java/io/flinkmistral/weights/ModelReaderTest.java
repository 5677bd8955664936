package io.flinkmistral.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ModelReaderTest {
  private static final Path MODELS = Path.of("src/test/resources/models");

  @Test
  void opensGguf() throws Exception {
    try (Arena arena = Arena.ofConfined()) {
      ModelFile model =
          ModelReader.open(MODELS.resolve("block256_w20.q4_k_m.gguf"), arena, LoadListener.NONE);
      assertThat(model.config())
          .isEqualTo(
              new TransformerConfig(
                  256,
                  2,
                  4,
                  1,
                  64,
                  512,
                  288,
                  1e-5f,
                  1e6,
                  RopeLayout.INTERLEAVED,
                  OptionalInt.of(20),
                  4096));
    }
  }
}
