package io.flinkmistral.engine.load;

import io.flinkmistral.template.ChatTemplate;
import io.flinkmistral.template.InstructTemplate;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import java.nio.file.Path;
import java.util.Optional;

/** Which template a model is run with. */
final class TemplateChoice {
  private static final String AUTO = "auto";
  private static final String STRICT = "strict";

  private TemplateChoice() {}

  /**
   * The template of the settings, or, with {@code auto} and {@code strict}, the one that the files
   * tell. Where their own template is another one, that is said with {@code auto} and refused with
   * {@code strict}; who names a template is not told.
   *
   * @throws MalformedModelException where the files' own template is refused
   * @throws IllegalArgumentException where the template of the settings does not fit the model
   */
  static InstructTemplate of(
      ModelSettings settings, ModelFile file, Vocabulary vocabulary, LoadListener listener)
      throws MalformedModelException {
    String name = settings.template();
    if (!name.equals(AUTO) && !name.equals(STRICT)) {
      InstructTemplate template = InstructTemplate.ofName(name);
      requireFits(template, settings, vocabulary);
      return template;
    }
    Optional<ChatTemplate> own = file.chat().template().map(ChatTemplate::new);
    InstructTemplate template =
        InstructTemplate.forModel(vocabulary, file.chat().tokenizerVersion(), own);
    requireFits(template, settings, vocabulary);
    if (own.isEmpty() && file.chat().tokenizerVersion().isEmpty()) {
      ambiguity(template).ifPresent(listener::warning);
    }
    Optional<String> foreign = own.flatMap(chat -> chat.foreign(template));
    if (foreign.isPresent()) {
      String found =
          "the model brings a template of another kind (%s in its chat_template)"
              .formatted(foreign.get());
      if (name.equals(STRICT)) {
        throw new MalformedModelException(
            Path.of(settings.path()),
            0,
            found
                + "; with model.template %s one of Mistral's is used all the same".formatted(AUTO));
      }
      listener.warning(
          "%s, which is not supported: it is run with template %s, and its answers may be poor"
              .formatted(found, template.name()));
    }
    return template;
  }

  /** What to know where nothing but the vocabulary tells the template. */
  private static Optional<String> ambiguity(InstructTemplate template) {
    return switch (template.name()) {
      case "v2" ->
          Optional.of(
              "template v2 is used, as the vocabulary is that of v2; Mistral 7B v0.3 was published"
                  + " with it too, and wants model.template v3: the two differ where tools are"
                  + " called");
      case "v7" ->
          Optional.of(
              "template v7 is used, as the vocabulary has its pieces; models of v3 have them too,"
                  + " and want model.template v3: the two differ in system messages and tools");
      default -> Optional.empty();
    };
  }

  private static void requireFits(
      InstructTemplate template, ModelSettings settings, Vocabulary vocabulary) {
    try {
      template.requireFits(vocabulary);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "template %s does not fit model %s: %s"
              .formatted(template.name(), settings.path(), e.getMessage()),
          e);
    }
  }
}
