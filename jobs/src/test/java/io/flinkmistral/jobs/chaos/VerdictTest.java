package io.flinkmistral.jobs.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.recovery.Answer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** That a bad run is not taken for a good one. */
class VerdictTest {
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final JsonNode ANSWER = answer("r", "Hello", 2);
  private static final Map<String, Answer> EXPECTED = Map.of("r", Answer.of(ANSWER));

  private final ChaosTranscript transcript = new ChaosTranscript();

  @Test
  void aRunAsTheUndisturbedOneIsGood() {
    transcript.addToken(token(1, "Hel", false));
    transcript.addToken(token(1, "Hel", false));
    transcript.addToken(token(2, "lo", true));
    transcript.addAnswer(ANSWER);
    assertThat(verdict().faults()).isEmpty();
    assertThat(verdict().line())
        .isEqualTo("chaos: seed 7, requests 1, kills 3, lost 0, duplicated 0, differing 0");
    assertThat(transcript.repeatedPieces()).isEqualTo(1);
    assertThat(transcript.ended()).isEqualTo(1);
  }

  @Test
  void countsALostAnswer() {
    streamAll();
    assertThat(verdict().line()).endsWith("lost 1, duplicated 0, differing 0");
    assertThat(verdict().faults()).containsExactly("r: no answer");
  }

  @Test
  void countsADuplicatedAnswer() {
    streamAll();
    transcript.addAnswer(ANSWER);
    transcript.addAnswer(ANSWER);
    assertThat(verdict().line()).endsWith("lost 0, duplicated 1, differing 0");
  }

  @Test
  void saysBothTextsOfADifferingAnswer() {
    streamAll();
    transcript.addAnswer(answer("r", "Hullo", 2));
    assertThat(verdict().line()).endsWith("lost 0, duplicated 0, differing 1");
    assertThat(verdict().faults()).singleElement().asString().contains("Hello", "Hullo");
  }

  @Test
  void tokenCountsDifferToo() {
    streamAll();
    transcript.addAnswer(answer("r", "Hello", 3));
    assertThat(verdict().differing()).hasSize(1);
  }

  @Test
  void anErrorIsNoAnswer() {
    streamAll();
    transcript.addAnswer(MAPPER.readTree("{\"request_id\": \"r\", \"error\": {}}"));
    assertThat(verdict().differing()).hasSize(1);
  }

  @Test
  void piecesThatContradictEachOtherOrMakeUpAnotherTextDiffer() {
    transcript.addAnswer(ANSWER);
    transcript.addToken(token(1, "Hel", false));
    transcript.addToken(token(1, "Hal", false));
    assertThat(verdict().differing())
        .satisfiesExactlyInAnyOrder(
            fault -> assertThat(fault).contains("r, piece 1", "Hel", "Hal"),
            fault -> assertThat(fault).contains("r, streamed", "Hello"));
  }

  @Test
  void anAnswerToNobodyDiffers() {
    streamAll();
    transcript.addAnswer(ANSWER);
    transcript.addAnswer(answer("s", "Hello", 2));
    assertThat(verdict().differing()).containsExactly("s: answered, but never asked");
  }

  private void streamAll() {
    for (JsonNode token : List.of(token(1, "Hel", false), token(2, "lo", true))) {
      transcript.addToken(token);
    }
  }

  private Verdict verdict() {
    return Verdict.of(7, 3, EXPECTED, transcript);
  }

  private static JsonNode token(int index, String text, boolean last) {
    String end = last ? ", \"finish_reason\": \"stop\"" : "";
    return MAPPER.readTree(
        "{\"request_id\": \"r\", \"index\": %d, \"text\": \"%s\"%s}".formatted(index, text, end));
  }

  private static JsonNode answer(String request, String text, int tokens) {
    return MAPPER.readTree(
        """
        {"request_id": "%s", "conversation_id": "c", "system_fingerprint": "fp",
         "choices": [{"message": {"content": "%s"}, "finish_reason": "stop"}],
         "usage": {"prompt_tokens": 9, "completion_tokens": %d,
                   "prompt_tokens_details": {"cached_tokens": 0}}}
        """
            .formatted(request, text, tokens));
  }
}
