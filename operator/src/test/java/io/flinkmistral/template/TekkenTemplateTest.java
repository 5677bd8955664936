package io.flinkmistral.template;

import static io.flinkmistral.protocol.Role.ASSISTANT;
import static io.flinkmistral.protocol.Role.SYSTEM;
import static io.flinkmistral.protocol.Role.TOOL;
import static io.flinkmistral.protocol.Role.USER;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.InvalidRequestException;
import io.flinkmistral.tokenizer.IdBuffer;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Goldens;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import io.flinkmistral.tokenizer.sentencepiece.Vocabularies;
import io.flinkmistral.tokenizer.tekken.SmallTekken;
import io.flinkmistral.tokenizer.tekken.TekkenVocabulary;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Dialogues with a Tekken vocabulary, and template v7. */
@Timeout(60)
class TekkenTemplateTest {
  private static final TekkenVocabulary VOCABULARY = SmallTekken.VOCABULARY;
  private static final Tokenizer TOKENIZER = VOCABULARY.tokenizer();
  private static final InstructTemplate V7 = InstructTemplate.ofName("v7");

  @ParameterizedTest
  @ValueSource(strings = {"v3", "v7"})
  void rendersLikeMistralCommon(String version) {
    int count = 0;
    for (JsonNode golden : Goldens.read("goldens_tekken.json").get("dialogues")) {
      if (golden.get("version").stringValue().equals(version)) {
        List<ChatMessage> messages =
            InstructTemplateTest.elements(golden.get("messages"))
                .map(InstructTemplateTest::message)
                .toList();
        List<String> tools =
            InstructTemplateTest.elements(golden.get("tools")).map(JsonNode::toString).toList();
        assertThat(InstructTemplate.ofName(version).renderDialogue(TOKENIZER, messages, tools))
            .as(golden.toString())
            .isEqualTo(Goldens.ids(golden));
        count++;
      }
    }
    assertThat(count).isGreaterThan(10);
  }

  @Test
  void theVocabularyTheFileAndItsTemplateTellTheTemplate() {
    ChatTemplate ofV3 = new ChatTemplate("[INST] [TOOL_RESULTS] call_id");
    ChatTemplate ofV7 = new ChatTemplate("[SYSTEM_PROMPT] [/SYSTEM_PROMPT] [INST] [TOOL_CONTENT]");
    TekkenVocabulary gguf = SmallTekken.read(SmallTekken.GGUF);
    assertThat(InstructTemplate.forVocabulary(VOCABULARY).name()).isEqualTo("v3");
    assertThat(InstructTemplate.forVocabulary(gguf).name()).isEqualTo("v7");
    assertThat(name(gguf, Optional.empty(), Optional.of(ofV3))).isEqualTo("v3");
    assertThat(name(gguf, Optional.empty(), Optional.of(ofV7))).isEqualTo("v7");
    assertThat(name(gguf, Optional.of("v3"), Optional.of(ofV7))).isEqualTo("v3");
    assertThat(name(gguf, Optional.of("v7"), Optional.of(ofV3))).isEqualTo("v7");
    assertThat(ofV7.foreign(V7)).isEmpty();
    assertThat(ofV7.foreign(InstructTemplate.ofName("v3"))).contains("[SYSTEM_PROMPT]");
    assertThat(
            InstructTemplate.forModel(Vocabularies.V3, Optional.empty(), Optional.of(ofV7)).name())
        .as("its vocabulary has no such pieces")
        .isEqualTo("v3");
  }

  @Test
  void v7NeedsItsPieces() {
    assertThatThrownBy(() -> V7.requireFits(Vocabularies.V3))
        .hasMessageContaining("template v7 needs the control pieces")
        .hasMessageContaining("[SYSTEM_PROMPT]")
        .hasMessageContaining("use template v3");
    assertThatThrownBy(
            () -> V7.renderDialogue(Tokenizers.V1, List.of(new ChatMessage(USER, "a")), List.of()))
        .hasMessageContaining("use template v1");
  }

  @Test
  void theTurnsOfAConversationMakeTheDialogue() {
    ChatMessage system = new ChatMessage(SYSTEM, "Be brief.");
    ChatMessage first = new ChatMessage(USER, "Hi");
    ChatMessage answer = new ChatMessage(ASSISTANT, "Hello");
    ChatMessage second = new ChatMessage(USER, "And now?");
    IdBuffer turns = new IdBuffer(0);
    turns.addAll(V7.renderTurn(TOKENIZER, true, List.of(system, first), List.of()));
    turns.addAll(TOKENIZER.encode("Hello"));
    turns.add(VOCABULARY.eosId());
    turns.addAll(V7.renderTurn(TOKENIZER, false, List.of(system, second), List.of()));
    assertThat(turns.toArray())
        .isEqualTo(
            V7.renderDialogue(
                TOKENIZER, List.of(system, first, answer, system, second), List.of()));
  }

  @Test
  void v7RefusesWhatCannotBeAnswered() {
    assertRefused("there is nothing to answer", new ChatMessage(SYSTEM, "a"));
    assertRefused(
        "the last message is a system message",
        new ChatMessage(USER, "a"),
        new ChatMessage(SYSTEM, "b"));
    assertRefused(
        "has the id 'x'",
        new ChatMessage(USER, "a"),
        new ChatMessage(ASSISTANT, "b"),
        new ChatMessage(TOOL, "c", List.of(), "x"));
  }

  @Test
  void theIdBeforeCallsIsTheVocabularys() {
    assertThat(V7.toolCallsId(VOCABULARY)).hasValue(9);
    assertThat(InstructTemplate.ofName("v3").toolCallsId(VOCABULARY)).hasValue(9);
    assertThat(InstructTemplate.ofName("v3").toolCallsId(Vocabularies.V3)).hasValue(5);
  }

  private static void assertRefused(String reason, ChatMessage... messages) {
    assertThatThrownBy(() -> V7.renderDialogue(TOKENIZER, List.of(messages), List.of()))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining(reason);
  }

  private static String name(
      TekkenVocabulary vocabulary, Optional<String> version, Optional<ChatTemplate> own) {
    return InstructTemplate.forModel(vocabulary, version, own).name();
  }
}
