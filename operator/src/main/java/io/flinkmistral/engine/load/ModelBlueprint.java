package io.flinkmistral.engine.load;

import io.flinkmistral.cache.page.KvLayout;
import io.flinkmistral.generation.text.AnswerTokens;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import io.flinkmistral.weights.TransformerConfig;
import java.nio.file.Path;

/**
 * All that a model's files and its settings decide together, before any memory or thread is taken:
 * where the two do not fit, it is noticed here, and so before a job is submitted.
 *
 * @param config shape, with the window of the settings
 * @param answerTokens ids that mean something in an answer
 * @param layout of pages of keys and values
 */
public record ModelBlueprint(
    TransformerConfig config,
    Tokenizer tokenizer,
    InstructTemplate template,
    AnswerTokens answerTokens,
    KvLayout layout) {

  /**
   * @throws MalformedModelException if the files have no tokenizer, or a template of another kind
   *     where that is not to be
   * @throws IllegalArgumentException if a setting does not fit the files
   */
  public static ModelBlueprint of(ModelFile file, ModelSettings settings, LoadListener listener)
      throws MalformedModelException {
    TransformerConfig config =
        file.config().withWindow(settings.window().resolve(file.config().window()));
    Vocabulary vocabulary = vocabularyOf(file, settings);
    Tokenizer tokenizer = vocabulary.tokenizer();
    InstructTemplate template =
        TemplateChoice.of(settings, file, tokenizer.vocabulary(), listener)
            .withSystem(settings.systemPosition())
            .withUnknownTools(settings.unknownTools());
    return new ModelBlueprint(
        config,
        tokenizer,
        template,
        AnswerTokens.of(vocabulary.eosId(), file.chat().endIds(), template.toolCallsId(vocabulary))
            .withCallsAsText(template.hasCallsAsText()),
        layoutOf(config, settings));
  }

  private static Vocabulary vocabularyOf(ModelFile file, ModelSettings settings)
      throws MalformedModelException {
    return file.vocabulary()
        .map(vocabulary -> vocabulary.withControls(file.chat().endIds()))
        .orElseThrow(
            () ->
                new MalformedModelException(
                    Path.of(settings.path()),
                    0,
                    "there is no tokenizer: a GGUF file has one in its metadata, a folder as"
                        + " tokenizer.model"));
  }

  private static KvLayout layoutOf(TransformerConfig config, ModelSettings settings) {
    try {
      return KvLayout.of(config, settings.pageTokens(), settings.kvType());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "a page of keys and values of %d tokens would have more than %d bytes: take fewer tokens"
              .formatted(settings.pageTokens(), Integer.MAX_VALUE),
          e);
    }
  }
}
