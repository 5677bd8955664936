package io.flinkmistral.jobs.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.flinkmistral.jobs.recovery.Answer;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
            fault -> assertThat(fault).contains("r, piece 1 of choice 0", "Hel", "Hal"),
            fault -> assertThat(fault).contains("r, streamed", "Hello"));
  }

  @Test
  void eachChoiceCounts() {
    transcript.addToken(token(1, "Hel", false));
    transcript.addToken(token(2, "lo", true));
    transcript.addToken(
        MAPPER.readTree("{\"request_id\": \"r\", \"choice\": 1, \"index\": 1, \"text\": \"Ho\"}"));
    transcript.addAnswer(ANSWER);
    assertThat(verdict().differing())
        .singleElement()
        .asString()
        .contains("r, streamed", "[Hello]", "[Hello, Ho]");
    assertThat(transcript.ended()).isEqualTo(1);
  }

  @Test
  void anAnswerToNobodyDiffers() {
    streamAll();
    transcript.addAnswer(ANSWER);
    transcript.addAnswer(answer("s", "Hello", 2));
    assertThat(verdict().differing()).containsExactly("s: answered, but never asked");
  }

  @Test
  void oneThatWasCancelledIsTheBeginningOfItsAnswerAndLaterPiecesAreVoid() {
    streamAll();
    transcript.addToken(piece(1, "Hel", "cancelled"));
    transcript.addAnswer(cut("Hel", 9, 1));
    assertThat(verdictOfOneThatMayBeCut().faults()).isEmpty();
    assertThat(verdictOfOneThatMayBeCut().cut()).containsExactly("r");
    assertThat(transcript.ended()).isEqualTo(1);
    assertThat(verdict().faults()).as("of one that nobody cancels").isNotEmpty();
  }

  @Test
  void oneThatWasCancelledBeforeItBeganIsEmpty() {
    transcript.addToken(piece(0, "", "cancelled"));
    transcript.addAnswer(cut("", 0, 0));
    assertThat(verdictOfOneThatMayBeCut().faults()).isEmpty();
  }

  @Test
  void oneThatMayBeCutAndIsNotIsWhole() {
    streamAll();
    transcript.addAnswer(ANSWER);
    assertThat(verdictOfOneThatMayBeCut().faults()).isEmpty();
    assertThat(verdictOfOneThatMayBeCut().cut()).isEmpty();
  }

  @Test
  void aCutAnswerThatIsNoBeginningOrNotWhatWasStreamedDiffers() {
    transcript.addToken(piece(1, "Hel", "cancelled"));
    transcript.addAnswer(cut("Hul", 9, 1));
    assertThat(verdictOfOneThatMayBeCut().differing()).isNotEmpty();
    ChaosTranscript other = new ChaosTranscript();
    other.addToken(piece(1, "Hel", "cancelled"));
    other.addAnswer(cut("He", 9, 1));
    assertThat(Verdict.of(7, 3, EXPECTED, Set.of("r"), other).differing()).hasSize(1);
  }

  @Test
  void aCutAnswerThatComesTwiceIsDuplicated() {
    transcript.addToken(piece(1, "Hel", "cancelled"));
    transcript.addAnswer(cut("Hel", 9, 1));
    transcript.addAnswer(cut("Hel", 9, 1));
    assertThat(verdictOfOneThatMayBeCut().line()).endsWith("duplicated 1, differing 0");
  }

  private void streamAll() {
    for (JsonNode token : List.of(token(1, "Hel", false), token(2, "lo", true))) {
      transcript.addToken(token);
    }
  }

  private Verdict verdict() {
    return Verdict.of(7, 3, EXPECTED, Set.of(), transcript);
  }

  private Verdict verdictOfOneThatMayBeCut() {
    return Verdict.of(7, 3, EXPECTED, Set.of("r"), transcript);
  }

  private static JsonNode token(int index, String text, boolean last) {
    return piece(index, text, last ? "stop" : "");
  }

  private static JsonNode piece(int index, String text, String reason) {
    String end = reason.isEmpty() ? "" : ", \"finish_reason\": \"%s\"".formatted(reason);
    return MAPPER.readTree(
        "{\"request_id\": \"r\", \"index\": %d, \"text\": \"%s\"%s}".formatted(index, text, end));
  }

  private static JsonNode cut(String text, int promptTokens, int tokens) {
    return answer("r", text, promptTokens, tokens, "cancelled");
  }

  private static JsonNode answer(String request, String text, int tokens) {
    return answer(request, text, 9, tokens, "stop");
  }

  private static JsonNode answer(
      String request, String text, int promptTokens, int tokens, String reason) {
    return MAPPER.readTree(
        """
        {"request_id": "%s", "conversation_id": "c", "system_fingerprint": "fp",
         "choices": [{"message": {"content": "%s"}, "finish_reason": "%s"}],
         "usage": {"prompt_tokens": %d, "completion_tokens": %d,
                   "prompt_tokens_details": {"cached_tokens": 0}}}
        """
            .formatted(request, text, reason, promptTokens, tokens));
  }
}
