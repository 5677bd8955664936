package io.flinkmistral.operator;

import static io.flinkmistral.operator.OperatorHarness.options;
import static io.flinkmistral.operator.Requests.STORY;
import static io.flinkmistral.operator.Requests.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.engine.LanguageModel;
import io.flinkmistral.protocol.AnswerOptions;
import io.flinkmistral.protocol.ChatMessage;
import io.flinkmistral.protocol.CompletionEvent;
import io.flinkmistral.protocol.CompletionRequest;
import io.flinkmistral.protocol.Prompt;
import io.flinkmistral.protocol.Role;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.Test;

/** Answers that go on with a text: one that was begun for the model, or one without messages. */
class ContinuedTextTest {
  private static final LanguageModel MODEL = model();

  private static LanguageModel model() {
    try {
      return OperatorHarness.model(options());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theModelGoesOnWithAnAnswerThatWasBegun() throws Exception {
    Map<String, CompletionEvent.Completed> undisturbed = answers(story(), after("c"));
    String whole = undisturbed.get("r").text();
    String beginning = whole.substring(0, whole.indexOf(' ', whole.length() / 3));
    Map<String, CompletionEvent.Completed> answers =
        answers(begun("b", "d", beginning), after("d"));
    // Greedy, and the tokens up to there are the same.
    assertThat(answers.get("b").text()).startsWith(" ");
    assertThat(beginning + answers.get("b").text()).isEqualTo(whole);
    // The history has all of it: the next turn is that of the undisturbed conversation.
    assertThat(answers.get("after").text()).isEqualTo(undisturbed.get("after").text());
    assertThat(answers.get("after").usage().promptTokens())
        .isEqualTo(undisturbed.get("after").usage().promptTokens());
  }

  @Test
  void itsTokensAreThoseOfTheTurnAndTheTextWithoutEnd() {
    int[] turn = MODEL.encodeTurn(true, request("r", "c", STORY));
    int[] text = MODEL.tokenizer().encode("Once upon");
    assertThat(MODEL.encodeTurn(true, begun("r", "c", "Once upon")))
        .startsWith(turn)
        .endsWith(text)
        .hasSize(turn.length + text.length);
  }

  @Test
  void aTextIsGoneOnWithAsItIs() throws Exception {
    CompletionRequest first = text("t1", "Once upon a time", 20);
    int[] ids = MODEL.encodeTurn(true, first);
    assertThat(ids[0]).isEqualTo(MODEL.tokenizer().vocabulary().bosId());
    assertThat(Arrays.copyOfRange(ids, 1, ids.length))
        .isEqualTo(MODEL.tokenizer().encode("Once upon a time"));
    CompletionEvent.Completed answer = answers(first).get("t1");
    assertThat(answer.shape().chat()).isFalse();
    assertThat(answer.text()).startsWith(" ");
    // The continuation of the continuation is that of the text as a whole.
    Map<String, CompletionEvent.Completed> two =
        answers(text("t1", "Once upon a time", 5), text("t2", ", said Ben", 12));
    assertThat(two.get("t2").usage().promptTokens())
        .isEqualTo(ids.length + 5 + MODEL.tokenizer().encodeInside(", said Ben").length);
    CompletionEvent.Completed whole =
        answers(text("w", "Once upon a time" + two.get("t1").text() + ", said Ben", 12)).get("w");
    assertThat(two.get("t2").text()).isEqualTo(whole.text());
  }

  @Test
  void charactersOfSeveralTokensStayWholeOverTheBorder() throws Exception {
    CompletionRequest emoji = text("e", "\ud83d\ude80\u20ac", 8);
    CompletionEvent.Completed answer =
        answers(emoji.but().options(AnswerOptions.DEFAULT.withTopLogprobs(0)).build()).get("e");
    assertThat(answer.text()).doesNotStartWith("\ufffd");
  }

  @Test
  void aTextGoesOnAfterACrash() throws Exception {
    CompletionRequest streamed = text("t", "Once upon a time", 40).but().stream().build();
    String undisturbed = answers(streamed).get("t").text();
    OperatorSubtaskState state;
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      operator.send(streamed);
      operator.runUntil(events -> events.size() >= 9);
      state = operator.snapshot();
    }
    try (OperatorHarness operator = new OperatorHarness(options(), 1, 0)) {
      operator.open(state);
      operator.runUntilAnswered(1);
      assertThat(operator.textOf("t")).isEqualTo(undisturbed);
    }
  }

  private static CompletionRequest story() {
    return request("r", "c", STORY);
  }

  private static CompletionRequest after(String conversation) {
    return request("after", conversation, "Spell the word bell.");
  }

  private static CompletionRequest begun(String id, String conversation, String text) {
    List<ChatMessage> messages =
        List.of(new ChatMessage(Role.USER, STORY), new ChatMessage(Role.ASSISTANT, text));
    return CompletionRequest.of(id, conversation)
        .prompt(new Prompt.Chat(messages, List.of(), true))
        .build();
  }

  private static CompletionRequest text(String id, String text, int maxTokens) {
    return CompletionRequest.of(id, "text")
        .prompt(new Prompt.Text(text))
        .maxTokens(maxTokens)
        .build();
  }

  private static Map<String, CompletionEvent.Completed> answers(CompletionRequest... requests)
      throws Exception {
    try (OperatorHarness operator = OperatorHarness.opened(options())) {
      for (CompletionRequest request : requests) {
        operator.send(request);
      }
      operator.endInput();
      Map<String, CompletionEvent.Completed> answers = new HashMap<>();
      operator.answers().forEach((id, event) -> answers.put(id, (CompletionEvent.Completed) event));
      return answers;
    }
  }
}
