package io.flinkmistral.jobs.gateway.dialogue;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.json.JsonRecord;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class DialogueHashTest {
  private static final String FIRST =
      "{\"role\": \"system\", \"content\": \"Be kind.\"}, {\"role\": \"user\", \"content\":"
          + " \"Hi\"}";
  private static final String ANSWER =
      "{\"role\": \"assistant\", \"content\": \"Hello\", \"refusal\": null}";
  private static final String SECOND = "{\"role\": \"user\", \"content\": \"Who are you?\"}";

  private static ObjectNode request(String messages) {
    return json("{\"messages\": [" + messages + "]}");
  }

  private static ObjectNode json(String text) {
    return JsonRecord.read(text.getBytes(UTF_8));
  }

  private static DialogueHash beginning(String messages) {
    return DialogueHash.ofBeginning("", request(messages)).orElseThrow();
  }

  @Test
  void aDialogueThatGoesOnBeginsAsItWasAnswered() {
    DialogueHash answered = DialogueHash.of("", request(FIRST)).then(json(ANSWER));
    assertThat(beginning(FIRST + "," + ANSWER + "," + SECOND)).isEqualTo(answered);
    assertThat(
            beginning(
                """
                {"role": "developer", "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "kind."}]},
                {"role": "user", "content": "Hi", "name": "Sofia"}, {"role": "assistant", "content": "Hello"},
                """
                    + SECOND))
        .isEqualTo(answered);
  }

  @Test
  void aFirstTurnHasNoBeginning() {
    assertThat(DialogueHash.ofBeginning("", request(FIRST))).isEmpty();
    assertThat(DialogueHash.ofBeginning("", request(FIRST + "," + ANSWER)))
        .as("one that goes on with the last answer")
        .isEmpty();
  }

  @Test
  void whateverTheModelSeesMakesAnotherDialogue() {
    String second = "," + ANSWER + "," + SECOND;
    DialogueHash one = beginning(FIRST + second);
    assertThat(
            List.of(
                beginning(FIRST.replace("kind", "kinder") + second),
                beginning(FIRST.replace("Hi", "Ho") + second),
                beginning(FIRST + second.replace("Hello", "Hallo")),
                beginning(FIRST.replace("user", "assistant") + second),
                beginning(FIRST + "," + SECOND + second),
                DialogueHash.ofBeginning("alice", request(FIRST + second)).orElseThrow(),
                DialogueHash.ofBeginning(
                        "",
                        json(
                            "{\"tools\": [{\"type\": \"function\"}], \"messages\": ["
                                + FIRST
                                + second
                                + "]}"))
                    .orElseThrow()))
        .doesNotContain(one)
        .doesNotHaveDuplicates();
  }

  @Test
  void callsOfToolsAreTold() {
    String call =
        """
        {"role": "assistant", "content": null, "tool_calls": [{"id": "%s", "type": "function", "function": {"name": "add", "arguments": "{}"}}]}\
        """;
    String result = ",{\"role\": \"tool\", \"tool_call_id\": \"123456789\", \"content\": \"9\"}";
    DialogueHash one = beginning(FIRST + "," + call.formatted("123456789") + result);
    assertThat(one)
        .isEqualTo(DialogueHash.of("", request(FIRST)).then(json(call.formatted("123456789"))))
        .isNotEqualTo(beginning(FIRST + "," + call.formatted("000000000") + result));
  }

  @Test
  void conversationsAreTakenOnceAndTheOldestAreForgotten() {
    Dialogues dialogues = new Dialogues(3);
    DialogueHash a = new DialogueHash("a");
    DialogueHash b = new DialogueHash("b");
    dialogues.put(a, "c-1", "r-1");
    dialogues.put(a, "c-2", "r-2");
    assertThat(taken(dialogues, a)).isEqualTo("c-2");
    assertThat(taken(dialogues, a)).isEqualTo("c-1");
    assertThat(dialogues.take(a)).isEmpty();
    for (int i = 0; i < 100; i++) {
      dialogues.put(i % 2 == 0 ? a : b, "c-" + i, "r-" + i);
    }
    assertThat(dialogues.size()).isEqualTo(3);
  }

  private static String taken(Dialogues dialogues, DialogueHash dialogue) {
    return dialogues.take(dialogue).orElseThrow().conversation();
  }

  @Test
  void aConversationHoldsItsLastDialogueAlone() {
    Dialogues dialogues = new Dialogues(3);
    DialogueHash a = new DialogueHash("a");
    DialogueHash b = new DialogueHash("b");
    dialogues.put(a, "c-1", "r-1");
    dialogues.put(b, "c-1", "r-2");
    assertThat(dialogues.take(a)).isEmpty();
    assertThat(dialogues.size()).isOne();
    Dialogues.Claim claim = dialogues.take(b).orElseThrow();
    assertThat(dialogues.take(b)).isEmpty();
    dialogues.putBack(claim);
    assertThat(dialogues.take(b)).contains(claim);
  }

  @Test
  void aConversationInWhichAnotherRequestIsAnsweredIsNobodysAnyMore() {
    Dialogues dialogues = new Dialogues(3);
    DialogueHash a = new DialogueHash("a");
    dialogues.put(a, "c-1", "r-1");
    dialogues.answers("c-1", "r-1"); // Pieces come again after a failover.
    dialogues.answers("c-2", "r-2");
    assertThat(dialogues.isIdle("c-1")).isTrue();
    dialogues.answers("c-1", "r-2");
    assertThat(dialogues.isIdle("c-1")).isFalse();
    assertThat(dialogues.take(a)).isEmpty();
  }
}
