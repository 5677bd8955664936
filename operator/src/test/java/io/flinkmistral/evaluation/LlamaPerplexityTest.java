package io.flinkmistral.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.flinkmistral.cache.page.KvType;
import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.engine.StatelessSettings;
import io.flinkmistral.engine.batch.BatchLimits;
import io.flinkmistral.engine.load.ModelSettings;
import io.flinkmistral.evaluation.statistics.NextTokens;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.tools.F32Model;
import io.flinkmistral.weights.LoadListener;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Perplexities and divergences of the small model's weights as they are and in Q8_0 are about those
 * that llama-perplexity of llama.cpp 0.7.0 prints for the same files, text and chunks, with keys
 * and values in F32. It keeps the first model's distribution in 16 bits and cuts its tail off, so
 * that the first perplexity is that of a run without divergences.
 */
@Timeout(120)
class LlamaPerplexityTest {
  private static final StatelessSettings SETTINGS =
      new StatelessSettings(new BatchLimits(8, 64), 64L << 20, 60, 1000);

  @TempDir private static Path folder;

  @Test
  void figuresAreAboutThoseOfLlamaPerplexity() throws Exception {
    String text;
    try (InputStream in = LlamaPerplexityTest.class.getResourceAsStream("/evaluation/text.txt")) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    LanguageModel first = load(F32Model.tinyMistral(folder));
    LanguageModel second = load(TinyMistral.file());
    try (first;
        second) {
      NextTokens.Figures figures = new TextComparison(128, 0).of(text, first, second, SETTINGS);
      assertThat(figures.places()).isEqualTo(19 * 63);
      near(figures.first(), 26.0767, 5.30102, 0.002);
      near(figures.second(), 25.893241, 5.254805, 0.15);
      near(figures.divergence(), 0.000171, 0.000045, 0.00004);
      near(figures.probabilityDifference(), 0.00002, 0.00007, 0.0001);
      near(figures.sameTop(), 0.99165, 0.00263, 0.005);
      assertThat(figures.rootMeanSquare()).isCloseTo(0.00252, Offset.offset(0.001));
      assertThat(figures.medianDivergence()).isCloseTo(0, Offset.offset(0.000001));
      NextTokens.Figures same = new TextComparison(128, 2).of(text, first, first, SETTINGS);
      assertThat(same.places()).isEqualTo(2 * 63);
      assertThat(same.mostDivergence()).isZero();
      assertThat(same.sameTop().value()).isEqualTo(1);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new TextComparison(128, 0).of("a", first, second, SETTINGS))
          .withMessageContaining("but a chunk has 128");
    }
  }

  private static void near(
      NextTokens.Estimate estimate, double value, double error, double tolerance) {
    assertThat(estimate.value()).isCloseTo(value, Offset.offset(tolerance));
    assertThat(estimate.error()).isCloseTo(error, Offset.offset(tolerance));
  }

  private static LanguageModel load(Path file) throws Exception {
    return LanguageModel.load(
        ModelSettings.of(file.toString()).withKvType(KvType.F32).withThreads(1), LoadListener.NONE);
  }
}
