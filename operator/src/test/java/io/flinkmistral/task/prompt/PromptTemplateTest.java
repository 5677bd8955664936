package io.flinkmistral.task.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.task.ClassificationTask;
import io.flinkmistral.task.CompletionTask;
import io.flinkmistral.task.DecodingSettings;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Prompts with columns in them. */
class PromptTemplateTest {
  @Test
  void aTemplateIsFilledInOnePass() {
    PromptTemplate template = PromptTemplate.of("{{a}}: {{ b }}, {{a}}.");
    assertThat(template.columns()).containsExactly("a", "b");
    assertThat(template.parts().fill(Map.of("a", "{{b}}", "b", "{{a}}")))
        .isEqualTo("{{b}}: {{a}}, {{b}}.");
  }

  @Test
  void theConstantBeginningIsWhatAllPromptsHave() {
    assertThat(PromptTemplate.of("Classify: {{text}} now").constantPrefix())
        .isEqualTo("Classify: ");
    assertThat(PromptTemplate.of("{{'{{'}}x: {{text}}").constantPrefix()).isEqualTo("{{x: ");
    assertThat(PromptTemplate.of("{{text}}").constantPrefix()).isEmpty();
  }

  @Test
  void bracesThatAreMeantAsTheyAreStandInQuotes() {
    PromptTemplate template = PromptTemplate.of("{\"a\": {\"b\": 1}} {{'{{x}}'}} {{c}}");
    assertThat(template.columns()).containsExactly("c");
    assertThat(template.parts().fill(Map.of("c", "!"))).isEqualTo("{\"a\": {\"b\": 1}} {{x}} !");
  }

  @Test
  void aTemplateWithoutColumnsIsRefused() {
    assertThatThrownBy(() -> PromptTemplate.of("Classify {text}"))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("names no column")
        .hasMessageContaining("Classify {text}");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a {{b", "a {{ }} b", "{{a{b}}", "{{'a}} b", "{{{a}}}"})
  void bracesWithoutAnEndOrANameAreRefused(String text) {
    assertThatThrownBy(() -> PromptTemplate.of(text))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("at character");
  }

  @Test
  void columnsThatAreNotKnownAreRefusedWithThoseThatAreNear() {
    PromptTemplate template = PromptTemplate.of("{{subjct}}: {{body}}");
    assertThatThrownBy(() -> template.requireColumns(List.of("subject", "body")))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("\"subjct\"")
        .hasMessageContaining("did you mean subject?");
    assertThat(template.requireColumns(List.of("subjct", "body", "id"))).isSameAs(template);
  }

  @Test
  void columnsOfATableAreThePrompt() {
    assertThat(PromptTemplate.ofColumns(List.of("text")).text()).isEqualTo("{{text}}");
    assertThat(PromptTemplate.ofColumns(List.of("subject", "body")).text())
        .isEqualTo("subject: {{subject}}\nbody: {{body}}");
  }

  @Test
  void aTextHasNoSystemPrompt() {
    assertThatThrownBy(() -> PromptTemplate.of("{{a}}").asText().withSystemPrompt("Be brief."))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no system prompt");
  }

  @Test
  void valuesHaveTextsThatDependOnThemAlone() {
    Map<String, Object> row = new HashMap<>();
    row.put("null", null);
    row.put("text", "a");
    row.put("number", new BigDecimal("1E+3"));
    row.put("date", LocalDate.of(2026, 11, 30));
    row.put("list", List.of(1, "b"));
    assertThat(ColumnText.of(row.keySet(), row))
        .containsEntry("null", "")
        .containsEntry("text", "a")
        .containsEntry("number", "1000")
        .containsEntry("date", "2026-11-30")
        .containsEntry("list", "[1,\"b\"]");
    assertThatThrownBy(() -> ColumnText.of(List.of("x"), Map.of("x", new Object())))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("java.lang.Object");
    assertThatThrownBy(() -> ColumnText.of(List.of("txt"), row))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("no column \"txt\"; did you mean text?");
  }

  @Test
  void templatesAndTasksTravelToWhereTheyRun() throws Exception {
    List<Object> all =
        List.of(
            PromptTemplate.of("{{a}}").withSystemPrompt("Be brief."),
            new CompletionTask(DecodingSettings.GREEDY.withStop(List.of("\n")).withSeed(7)),
            ClassificationTask.of("a", "b")
                .withExamples(List.of(ClassificationTask.Example.of("a", "x", "b"))),
            TaskLimits.DEFAULT);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(all);
    }
    try (ObjectInputStream in =
        new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
      assertThat(in.readObject()).isEqualTo(all);
    }
  }
}
