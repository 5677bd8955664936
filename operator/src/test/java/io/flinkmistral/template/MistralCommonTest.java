package io.flinkmistral.template;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.SafePrompt;
import io.flinkmistral.tokenizer.sentencepiece.Goldens;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The dialogues that Mistral publishes, and some of ours, have the ids of Mistral's own library.
 */
class MistralCommonTest {
  /** A dialogue, as requests have it. */
  record Golden(JsonNode json) {
    String version() {
      return json.get("version").stringValue();
    }

    Prompt.Chat chat() {
      List<ChatMessage> messages =
          elements(json.get("messages")).map(InstructTemplateTest::message).toList();
      boolean begun = elements(json.get("messages")).anyMatch(message -> message.has("prefix"));
      return new Prompt.Chat(
          messages, elements(json.get("tools")).map(JsonNode::toString).toList(), begun);
    }

    @Override
    public String toString() {
      return version() + " " + json.get("name").stringValue();
    }
  }

  static Stream<Golden> goldens() {
    return Stream.of("published.json", "made.json")
        .flatMap(file -> elements(read(file)))
        .map(Golden::new);
  }

  static Stream<Golden> safe() {
    return elements(read("safe.json")).map(Golden::new);
  }

  private static JsonNode read(String file) {
    try (InputStream in = MistralCommonTest.class.getResourceAsStream("/mistral-common/" + file)) {
      return JsonMapper.shared().readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<JsonNode> elements(JsonNode list) {
    return StreamSupport.stream(list.spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void aDialogueHasTheIdsOfMistralsOwnLibrary(Golden golden) {
    assertThat(ids(golden, golden.chat())).isEqualTo(Goldens.ids(golden.json()));
  }

  @ParameterizedTest
  @MethodSource("safe")
  void aDialogueWithTheSafePromptHasThem(Golden golden) {
    Prompt.Chat chat = SafePrompt.before(golden.chat());
    assertThat(ids(golden, chat)).isEqualTo(Goldens.ids(golden.json()));
    assertThat(SafePrompt.before(chat)).isEqualTo(chat);
  }

  private static int[] ids(Golden golden, Prompt.Chat chat) {
    return InstructTemplate.ofName(golden.version())
        .renderTurn(Tokenizers.of(golden.version().equals("v1") ? "v1" : "v3"), true, chat);
  }
}
