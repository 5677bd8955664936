package io.flinkmistral.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.kernel.Precision;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.weights.reader.ModelReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the quantising command writes answers as the F32 model does: the trained model, from its
 * Hugging Face folder, on all conversations that its answers are known of.
 */
class QuantisedAnswersTest {
  private static final String MODEL = "src/tiny-mistral/hf";

  @TempDir Path folder;

  /**
   * As a job computes, on all conversations; and without rounding of inputs, on some. Answers are
   * the same on each host, so that those which differ can be counted: operator/README.md has the
   * figures.
   */
  @ParameterizedTest
  @CsvSource({
    "f16, QUANTIZED, 25, 0",
    "q8_0, QUANTIZED, 100, 1",
    "q8_0, EXACT, 25, 0",
    "q6_k, QUANTIZED, 100, 0",
    "q6_k, EXACT, 25, 0",
    "q4_k_m, QUANTIZED, 100, 6",
    "q4_k_m, EXACT, 25, 3",
    "q4_0_q6_k, QUANTIZED, 100, 8"
  })
  void answersAreThoseOfTheF32Model(String type, Precision precision, int conversations, int differ)
      throws Exception {
    Path file = folder.resolve(type + ".gguf");
    PrintStream nowhere = new PrintStream(new ByteArrayOutputStream());
    assertThat(Quantise.run(new String[] {MODEL, type, file.toString()}, nowhere, false)).isZero();
    Tokenizer tokenizer = ModelReader.readVocabulary(file).tokenizer();
    List<List<TinyMistral.Turn>> turns = TinyMistral.conversations().subList(0, conversations);
    try (EngineModel model = EngineModel.load(file, KvType.F16, 2, precision)) {
      List<List<String>> answers = new GreedyChats(model, tokenizer).answers(turns);
      GreedyChats.Difference difference = GreedyChats.Difference.of(turns, answers);
      assertThat(difference.of()).isGreaterThan(3 * conversations);
      assertThat(difference.differ()).isEqualTo(differ);
    }
  }
}
