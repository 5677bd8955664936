package io.flinkmistral.template;

import static io.flinkmistral.protocol.Role.ASSISTANT;
import static io.flinkmistral.protocol.Role.SYSTEM;
import static io.flinkmistral.protocol.Role.TOOL;
import static io.flinkmistral.protocol.Role.USER;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.ToolCall;
import io.flinkmistral.tokenizer.Tokenizer;
import io.flinkmistral.tokenizer.sentencepiece.Tokenizers;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a turn's ids say, read back. */
class TurnReaderTest {
  private static final String WEATHER =
      "{\"type\":\"function\",\"function\":{\"name\":\"weather\",\"parameters\":{}}}";
  private static final ToolCall CALL = new ToolCall("aB3dE6gH9", "weather", "{\"at\": \"Köln\"}");

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void aDialogueReadsBackAsItWasSaid(String version) {
    List<ChatMessage> messages =
        List.of(
            new ChatMessage(USER, "What is 2 + 2?\n\nSay it in 日本語."),
            new ChatMessage(ASSISTANT, "It is 4."),
            new ChatMessage(USER, "Sure?"));
    assertThat(read(version, messages, List.of(), "Yes!"))
        .containsExactly(
            messages.get(0), messages.get(1), messages.get(2), new ChatMessage(ASSISTANT, "Yes!"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void aSystemPromptStandsWhereTheTemplateHasIt(String version) {
    List<ChatMessage> messages =
        List.of(new ChatMessage(SYSTEM, "Be brief."), new ChatMessage(USER, "Hi"));
    assertThat(read(version, messages, List.of(), "Hello"))
        .containsExactly(
            new ChatMessage(USER, "Be brief.\n\nHi"), new ChatMessage(ASSISTANT, "Hello"));
  }

  @Test
  void callsAndResultsReadBackAndDefinitionsAreLeftOut() {
    List<ChatMessage> messages =
        List.of(
            new ChatMessage(USER, "Weather?"),
            new ChatMessage(ASSISTANT, "", List.of(CALL), ""),
            new ChatMessage(TOOL, "22 degrees", List.of(), "aB3dE6gH9"),
            new ChatMessage(ASSISTANT, "It is warm."),
            new ChatMessage(USER, "And now?"));
    List<ChatMessage> read = read("v3", messages, List.of(WEATHER), "Colder.");
    assertThat(read.subList(0, 5)).isEqualTo(messages);
    assertThat(read.getLast()).isEqualTo(new ChatMessage(ASSISTANT, "Colder."));
    assertThat(read).hasSize(6);
  }

  @Test
  void aResultThatIsJsonStaysJson() {
    List<ChatMessage> messages =
        List.of(
            new ChatMessage(USER, "Weather?"),
            new ChatMessage(ASSISTANT, "", List.of(CALL), ""),
            new ChatMessage(TOOL, "{\"degrees\": 22}", List.of(), "aB3dE6gH9"));
    assertThat(read("v3", messages, List.of(), "Warm.").get(2)).isEqualTo(messages.get(2));
  }

  @Test
  void anAnswerThatCallsToolsIsACall() {
    Tokenizer tokenizer = Tokenizers.of("v3");
    int[] prompt = render("v3", List.of(new ChatMessage(USER, "Weather?")), List.of(WEATHER));
    int[] call = tokenizer.encode("[{\"name\": \"weather\", \"arguments\": {\"at\": \"Köln\"}}]");
    int[] completion = new int[call.length + 2];
    completion[0] = tokenizer.vocabulary().controls().get(ControlPieces.TOOL_CALLS);
    System.arraycopy(call, 0, completion, 1, call.length);
    completion[call.length + 1] = tokenizer.vocabulary().eosId();
    assertThat(TurnReader.read(tokenizer, prompt, completion).getLast())
        .isEqualTo(
            new ChatMessage(
                ASSISTANT, "", List.of(new ToolCall("", "weather", "{\"at\": \"Köln\"}")), ""));
    // One that was cut off is a text.
    int[] cut = Arrays.copyOf(completion, 5);
    cut[4] = tokenizer.vocabulary().eosId();
    assertThat(TurnReader.read(tokenizer, prompt, cut).getLast().content()).startsWith("[{");
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void anAnswerThatWasBegunIsOneMessageAndAnEmptyOneIsEmpty(String version) {
    Tokenizer tokenizer = Tokenizers.of(version);
    Prompt.Chat begun =
        new Prompt.Chat(
            List.of(new ChatMessage(USER, "Hi"), new ChatMessage(ASSISTANT, "Hello")),
            List.of(),
            true);
    int[] prompt = InstructTemplate.ofName(version).renderTurn(tokenizer, true, begun);
    int[] eos = {tokenizer.vocabulary().eosId()};
    assertThat(TurnReader.read(tokenizer, prompt, eos))
        .containsExactly(new ChatMessage(USER, "Hi"), new ChatMessage(ASSISTANT, "Hello"));
    int[] unanswered = render(version, List.of(new ChatMessage(USER, "Hi")), List.of());
    assertThat(TurnReader.read(tokenizer, unanswered, eos))
        .containsExactly(new ChatMessage(USER, "Hi"), new ChatMessage(ASSISTANT, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"v1", "v3"})
  void aTextWithoutTemplateIsWhatWasAskedAndWhatFollowed(String version) {
    Tokenizer tokenizer = Tokenizers.of(version);
    int[] whole = tokenizer.encode("Once upon a time");
    int[] prompt = Arrays.copyOf(whole, whole.length - 1);
    int[] completion = {whole[whole.length - 1]};
    assertThat(TurnReader.read(tokenizer, prompt, completion))
        .containsExactly(new ChatMessage(USER, "Once upon a"), new ChatMessage(ASSISTANT, " time"));
  }

  private static int[] render(String version, List<ChatMessage> messages, List<String> tools) {
    return InstructTemplate.ofName(version).renderDialogue(Tokenizers.of(version), messages, tools);
  }

  private static List<ChatMessage> read(
      String version, List<ChatMessage> messages, List<String> tools, String answer) {
    Tokenizer tokenizer = Tokenizers.of(version);
    int[] text = InstructTemplate.ofName(version).encodeAnswer(tokenizer, answer);
    int[] completion = Arrays.copyOf(text, text.length + 1);
    completion[text.length] = tokenizer.vocabulary().eosId();
    return TurnReader.read(tokenizer, render(version, messages, tools), completion);
  }
}
