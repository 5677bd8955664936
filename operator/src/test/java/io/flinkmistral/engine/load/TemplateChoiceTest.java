package io.flinkmistral.engine.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.tokenizer.PieceType;
import io.flinkmistral.tokenizer.Vocabulary;
import io.flinkmistral.tokenizer.sentencepiece.SentencePieceVocabulary;
import io.flinkmistral.tokenizer.sentencepiece.Vocabularies;
import io.flinkmistral.tokenizer.tekken.SmallTekken;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import io.flinkmistral.weights.ChatFormat;
import io.flinkmistral.weights.LoadListener;
import io.flinkmistral.weights.MalformedModelException;
import io.flinkmistral.weights.ModelFile;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class TemplateChoiceTest {
  private static final String TOOLLESS = "{{ '[INST] ' + message['content'] + '[/INST]' }}";
  private static final String V2 =
      "[AVAILABLE_TOOLS] [TOOL_CALLS] [INST] [/INST] [TOOL_RESULTS] {\"name\"} [/TOOL_RESULTS]";
  private static final String V3 = V2 + " {\"call_id\": ...}";

  private final List<String> warnings = new ArrayList<>();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      nullValues = "none",
      value = {
        "v1 | none | none | v1",
        "v1 | v3   | none | v1",
        "v3 | none | none | v3",
        "v3 | v2   | none | v2",
        "v3 | none | V2   | v2",
        "v3 | v3   | V2   | v3",
        "v3 | none | TOOLLESS | v3",
        "v2 | none | none | v2",
        "v2 | none | V2   | v2",
        "v2 | none | V3   | v3",
        "v2 | none | TOOLLESS | v3",
        "v2 | v3   | none | v3",
        "v2 | v1   | none | v1",
      })
  void theFilesTellTheTemplate(String vocabulary, String version, String own, String expected)
      throws Exception {
    ModelFile file = file(vocabulary, Optional.ofNullable(version), template(own));
    assertThat(choice("auto", file)).isEqualTo(expected);
    assertThat(choice("strict", file)).isEqualTo(expected);
    boolean vocabularyAlone = vocabulary.equals("v2") && version == null && own == null;
    assertThat(warnings).hasSize(vocabularyAlone ? 2 : 0);
    assertThat(warnings).allMatch(warning -> warning.contains("wants model.template v3"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for m in messages %}<|im_start|>{{ m.role }}<|im_end|>{% endfor %}",
        "[INST] <<SYS>>{{ system }}<</SYS>> {{ user }} [/INST]",
        "<|start_header_id|>user<|end_header_id|>",
        "GPT4 Correct User: {{ m }}<|end_of_turn|>",
        "<start_of_turn>user",
        "### Instruction: {{ m }}",
        "USER: {{ m }} ASSISTANT:",
        "[SYSTEM_PROMPT]{{ s }}[/SYSTEM_PROMPT][INST]{{ m }}[/INST]",
      })
  void aTemplateOfAnotherKindIsSaidOrRefused(String foreign) throws Exception {
    for (String vocabulary : List.of("v1", "v3")) {
      ModelFile file = file(vocabulary, Optional.empty(), Optional.of(foreign));
      warnings.clear();
      assertThat(choice("auto", file)).isEqualTo(vocabulary);
      assertThat(warnings)
          .singleElement()
          .asString()
          .contains("a template of another kind", "is run with template " + vocabulary);
      assertThatThrownBy(() -> choice("strict", file))
          .isInstanceOf(MalformedModelException.class)
          .hasMessageContaining("a template of another kind")
          .hasMessageContaining("with model.template auto");
      warnings.clear();
      assertThat(choice(vocabulary, file)).isEqualTo(vocabulary);
      assertThat(warnings).as("who names one is not told").isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        TOOLLESS,
        V3,
        "{%- if messages[0]['role'] == 'system' %}{{ bos_token }}[INST] {{ m }} [/INST]{% endif %}",
        "[INST][/INST][IMG] {{ raise_exception('Only user, assistant and TOOL roles!') }}",
      })
  void templatesOfMistralAreOurs(String own) throws Exception {
    ModelFile file = file("v3", Optional.empty(), Optional.of(own));
    assertThat(choice("strict", file)).isEqualTo("v3");
    assertThat(warnings).isEmpty();
  }

  @Test
  void whereNothingButATekkenVocabularyTellsTheTemplateThatIsSaid() throws Exception {
    TekkenVocabulary tekken = SmallTekken.read(SmallTekken.GGUF);
    assertThat(choice("auto", file(tekken, Optional.empty(), Optional.empty()))).isEqualTo("v7");
    assertThat(warnings).singleElement().asString().contains("template v7", "model.template v3");
    warnings.clear();
    assertThat(choice("auto", file(tekken, Optional.of("v3"), Optional.empty()))).isEqualTo("v3");
    assertThat(choice("strict", file(tekken, Optional.empty(), Optional.of(V3)))).isEqualTo("v3");
    assertThat(choice("v3", file(tekken, Optional.empty(), Optional.empty()))).isEqualTo("v3");
    assertThat(warnings).isEmpty();
  }

  @Test
  void aTemplateThatDoesNotFitIsRefusedBeforeAnythingRuns() {
    ModelFile file = file("v1", Optional.empty(), Optional.empty());
    for (String name : List.of("v2", "v3")) {
      assertThatThrownBy(() -> choice(name, file))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("template " + name + " does not fit model /models/m.gguf")
          .hasMessageContaining("template " + name + " needs the control pieces")
          .hasMessageContaining("use template v1");
    }
  }

  private static Optional<String> template(String name) {
    return Optional.ofNullable(name)
        .map(
            known ->
                switch (known) {
                  case "V2" -> V2;
                  case "V3" -> V3;
                  case "TOOLLESS" -> TOOLLESS;
                  default -> throw new IllegalArgumentException(known);
                });
  }

  private String choice(String name, ModelFile file) throws MalformedModelException {
    ModelSettings settings = ModelSettings.of("/models/m.gguf");
    return TemplateChoice.of(
            new ModelSettings(
                settings.path(),
                settings.name(),
                name,
                settings.systemPosition(),
                settings.unknownTools(),
                settings.window(),
                settings.kvType(),
                settings.pageTokens(),
                settings.contextLimit(),
                settings.threads(),
                settings.kernels()),
            file,
            file.vocabulary().orElseThrow(),
            new LoadListener() {
              @Override
              public void warning(String message) {
                warnings.add(message);
              }
            })
        .name();
  }

  private static ModelFile file(
      String vocabulary, Optional<String> version, Optional<String> template) {
    return file(vocabulary(vocabulary), version, template);
  }

  private static ModelFile file(
      Vocabulary vocabulary, Optional<String> version, Optional<String> template) {
    return new ModelFile(
        "m",
        null,
        null,
        Optional.of(vocabulary),
        new ChatFormat(Set.of(), template, version),
        "",
        0);
  }

  /** That of v2 has control pieces without a name where v3 has some for images and documents. */
  private static SentencePieceVocabulary vocabulary(String version) {
    if (!version.equals("v2")) {
      return Vocabularies.of(version);
    }
    SentencePieceVocabulary v3 = Vocabularies.V3;
    List<String> pieces = new ArrayList<>(v3.pieces());
    List<PieceType> types = new ArrayList<>(v3.types());
    for (int id : new int[] {10, 11, 12, 13}) {
      pieces.set(id, "[control_%d]".formatted(id - 2));
    }
    for (int id = 751; id <= 770; id++) {
      pieces.set(id, "[control_%d]".formatted(id - 2));
      types.set(id, PieceType.CONTROL);
    }
    return v3.withPieces(pieces, v3.scores(), types);
  }
}
