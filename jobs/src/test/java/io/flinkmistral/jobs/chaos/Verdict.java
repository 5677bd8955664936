package io.flinkmistral.jobs.chaos;

import io.flinkmistral.jobs.recovery.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/**
 * How a run compares to the undisturbed one.
 *
 * @param kills how many there were
 * @param lost requests without an answer
 * @param duplicated requests with more than one
 * @param differing what is not as in the undisturbed run: both texts
 * @param cut answers that were ended before they were whole
 */
record Verdict(
    long seed,
    int requests,
    int kills,
    List<String> lost,
    List<String> duplicated,
    List<String> differing,
    List<String> cut) {

  /**
   * @param mayBeCut requests that may be ended before they are answered: what is said of them is
   *     the beginning of what they would have been answered
   */
  static Verdict of(
      long seed,
      int kills,
      Map<String, Answer> expected,
      Set<String> mayBeCut,
      ChaosTranscript transcript) {
    List<String> cut = new ArrayList<>();
    List<String> lost = new ArrayList<>();
    List<String> duplicated = new ArrayList<>();
    List<String> differing = new ArrayList<>(transcript.contradictions());
    transcript
        .unknown(expected.keySet())
        .forEach(id -> differing.add(id + ": answered, but never asked"));
    expected.forEach(
        (request, answer) -> {
          List<JsonNode> answers = transcript.answersTo(request);
          if (answers.isEmpty()) {
            lost.add(request);
          } else if (answers.size() > 1) {
            duplicated.add(request);
          }
          Optional<Answer> beginning =
              mayBeCut.contains(request) ? beginning(answer, answers) : Optional.empty();
          beginning.ifPresent(_ -> cut.add(request));
          Answer said = beginning.orElse(answer);
          if (beginning.isPresent() != transcript.toldToBeCut(request)) {
            differing.add(request + ", streamed: its end is not that of its answer");
          }
          answers.forEach(json -> compare(request, said, json, differing));
          List<String> streamed = transcript.streamed(request);
          if (!streamed.equals(said.texts())) {
            differing.add(
                "%s, streamed: expected %s%n but was %s"
                    .formatted(request, said.texts(), streamed));
          }
        });
    return new Verdict(seed, expected.size(), kills, lost, duplicated, differing, cut);
  }

  /** The answer as it is where it has ended before it was whole, and is a beginning of that. */
  private static Optional<Answer> beginning(Answer whole, List<JsonNode> answers) {
    return answers.stream()
        .filter(json -> !json.has("error"))
        .map(Answer::of)
        .filter(
            cut ->
                cut.finishReasons().stream().anyMatch(ChaosTranscript::isCut)
                    && areBeginnings(whole.texts(), cut.texts())
                    && cut.completionTokens() <= whole.completionTokens()
                    && isPromptOf(whole, cut)
                    && cut.conversationId().equals(whole.conversationId())
                    && cut.fingerprint().equals(whole.fingerprint()))
        .findFirst();
  }

  private static boolean areBeginnings(List<String> whole, List<String> cut) {
    return whole.size() == cut.size()
        && IntStream.range(0, cut.size()).allMatch(i -> whole.get(i).startsWith(cut.get(i)));
  }

  /** One that had not begun has none. */
  private static boolean isPromptOf(Answer whole, Answer cut) {
    return cut.promptTokens() == 0
        ? cut.texts().stream().allMatch(String::isEmpty)
        : cut.promptTokens() == whole.promptTokens() && cut.cachedTokens() == whole.cachedTokens();
  }

  private static void compare(
      String request, Answer expected, JsonNode json, List<String> differing) {
    if (json.has("error")) {
      differing.add("%s: expected %s%n but was %s".formatted(request, expected, json));
    } else if (!Answer.of(json).equals(expected)) {
      differing.add("%s: expected %s%n but was %s".formatted(request, expected, Answer.of(json)));
    }
  }

  /** What every run ends with. */
  String line() {
    return "chaos: seed %d, requests %d, kills %d, lost %d, duplicated %d, differing %d"
        .formatted(seed, requests, kills, lost.size(), duplicated.size(), differing.size());
  }

  /** What is wrong; nothing if all is well. */
  List<String> faults() {
    return Stream.of(
            lost.stream().map(id -> id + ": no answer"),
            duplicated.stream().map(id -> id + ": more than one answer"),
            differing.stream())
        .flatMap(faults -> faults)
        .toList();
  }
}
