package io.flinkmistral.operator;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.generation.TinyMistral;
import io.flinkmistral.generation.TinyVariants;
import io.flinkmistral.operator.model.ModelCheck;
import io.flinkmistral.operator.options.MistralOptions;
import io.flinkmistral.operator.options.MistralSettings;
import io.flinkmistral.weights.LoadListener;
import java.nio.file.Path;
import org.apache.flink.configuration.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What would fail on a TaskManager is noticed before a job is submitted. */
@Timeout(60)
class ModelCheckTest {
  @TempDir private Path folder;

  @Test
  void aTemplateThatTheVocabularyHasNoPiecesForIsRefusedWithWhatFits() {
    Configuration options = options(TinyMistral.file(), "v3");
    assertThatThrownBy(() -> ModelCheck.check(options))
        .hasMessageContaining(TinyMistral.file().toString())
        .hasMessageContaining("template v3 ")
        .hasMessageContaining("use template v1");
    // A check that passes what loading refuses would be worth nothing, and so the other way round.
    assertThatThrownBy(
            () ->
                LanguageModel.load(MistralSettings.of(options).model(), LoadListener.NONE).close())
        .hasMessageContaining("use template v1");
  }

  @Test
  void templatesThatFitPass() throws Exception {
    ModelCheck.check(options(TinyMistral.file(), "auto"));
    ModelCheck.check(options(TinyMistral.file(), "v1"));
    Path withControls = TinyVariants.withControlPieces(folder.resolve("v3.gguf"));
    for (String template : new String[] {"auto", "v1", "v3"}) {
      ModelCheck.check(options(withControls, template));
    }
  }

  private static Configuration options(Path model, String template) {
    return OperatorHarness.options()
        .set(MistralOptions.MODEL_PATH, model.toString())
        .set(MistralOptions.MODEL_TEMPLATE, template);
  }
}
